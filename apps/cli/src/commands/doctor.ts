import type { Command } from 'commander';
import { EXIT } from '../cli-error.ts';
import { CLI_VARIABLES, loadCliConfig } from '../config.ts';
import { type DoctorCheck, formatChecks } from '../doctor/doctor-check.ts';
import { checkEngine } from '../doctor/engine-checks.ts';
import {
  checkDatabase,
  checkDisk,
  checkModel,
  checkNode,
  checkPorts,
  checkServices,
} from '../doctor/machine-checks.ts';
import { checkServiceConfigs } from '../doctor/service-config-checks.ts';
import { formatVariables, reportVariables } from '../doctor/variable-report.ts';
import { readPlatformStatus } from '../platform/platform-status.ts';
import { VARIABLES_BY_SERVICE } from '../platform/processes.ts';
import { readSecrets } from '../state/secrets.ts';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'what is wrong and how to mend it; every variable and who reads it (exit code 1: something is wrong)',
    )
    .option('--json', 'for programs')
    .action(doctor);
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const config = loadCliConfig();
  const status = await readPlatformStatus(config);
  const checks: DoctorCheck[] = [
    checkNode(),
    await checkDisk(config),
    ...(await checkEngine(config)),
    await checkPorts(config, status),
    await checkDatabase(config, status),
    ...checkServices(status),
    checkModel(config),
    ...checkServiceConfigs(config, await readSecrets(config.home.secretsFile)),
  ];
  const variables = reportVariables(config.operator, { podex: CLI_VARIABLES, ...VARIABLES_BY_SERVICE });
  const isWell = checks.every((check) => check.status !== 'fail');
  if (json) console.log(JSON.stringify({ ok: isWell, checks, variables }, null, 2));
  else
    console.log(
      [...formatChecks(checks), '', 'Variables and who reads them:', ...formatVariables(variables)].join(
        '\n',
      ),
    );
  if (!isWell) process.exitCode = EXIT.failed;
}
