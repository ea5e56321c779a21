import { ConfigError } from '@podex/service-kit/variables';
import { loadConfig as loadAgentConfig } from '../../../../services/agent/src/config.ts';
import { loadConfig as loadApiConfig } from '../../../../services/api/src/config.ts';
import { loadConfig as loadComputeConfig } from '../../../../services/compute/src/config.ts';
import { CLI_VARIABLES, type CliConfig } from '../config.ts';
import { memoryMegabytes } from '../machine/memory.ts';
import { VARIABLES_BY_SERVICE } from '../platform/processes.ts';
import { type PlatformFacts, serviceSettings } from '../platform/service-settings.ts';
import { findUnreadVariables, serviceEnvironment } from '../platform/service-variables.ts';
import { makeSecrets, type Secrets } from '../state/secrets.ts';
import { type DoctorCheck, fail, ok } from './doctor-check.ts';

const LOADERS = { api: loadApiConfig, compute: loadComputeConfig, agent: loadAgentConfig };

/** Whether each service would accept the environment that `podex up` gives it, asked of the service's own code. */
export function checkServiceConfigs(config: CliConfig, secrets: Secrets | undefined): DoctorCheck[] {
  const settings = serviceSettings(presumedFacts(config, secrets));
  const checks = (['api', 'compute', 'agent'] as const).map((service) => {
    const environment = serviceEnvironment(
      VARIABLES_BY_SERVICE[service],
      config.operator.values,
      settings[service],
    );
    const problems = findProblems(() => LOADERS[service](environment));
    const name = `${service} variables`;
    return problems.length === 0
      ? ok(name, 'are right')
      : fail(name, problems.join('\n'), ['put them right where they are set, see below']);
  });
  return [...checks, checkUnread(config)];
}

function findProblems(load: () => unknown): readonly string[] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function checkUnread({ operator }: CliConfig): DoctorCheck {
  const unread = findUnreadVariables(operator, [CLI_VARIABLES, ...Object.values(VARIABLES_BY_SERVICE)]);
  if (unread.length === 0) return ok('unread variables', 'there are none');
  const names = unread.map(({ name, file }) => (file === undefined ? name : `${name} in ${file}`));
  return fail('unread variables', `nobody reads ${names.join(', ')}`, [
    'misspelt? the names are listed below',
  ]);
}

/** As at a start, with stand-ins for what only a start makes. */
function presumedFacts(config: CliConfig, secrets: Secrets | undefined): PlatformFacts {
  return {
    home: config.home,
    host: config.host,
    ports: config.ports,
    secrets: secrets ?? makeSecrets(),
    databaseUrl: config.operator.values.DATABASE_URL ? undefined : 'postgresql://127.0.0.1/podex',
    engineSocket: '/var/run/docker.sock',
    workspaceImage: 'podex/workspace:latest',
    memoryMb: memoryMegabytes(),
    demoModelUrl: undefined,
    operator: config.operator.values,
  };
}
