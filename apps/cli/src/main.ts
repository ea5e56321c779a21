import { createRequire } from 'node:module';
import { ConfigError } from '@podex/service-kit/variables';
import { Command, CommanderError } from 'commander';
import { CliError, EXIT, formatCliError, toCliError } from './cli-error.ts';
import { addAdminCommand } from './commands/admin.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDownCommand } from './commands/down.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTestCommand } from './commands/test.ts';
import { addUpCommand } from './commands/up.ts';

const { version } = createRequire(import.meta.url)('../package.json');

const program = new Command('podex')
  .description('Workspaces and coding agents on servers you own.')
  .version(String(version), '-V, --version')
  .exitOverride()
  .configureOutput({ writeErr: () => undefined });
addUpCommand(program);
addStatusCommand(program);
addLogsCommand(program);
addDownCommand(program);
addDoctorCommand(program);
addTestCommand(program);
addAdminCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Prints what went wrong, once and in one style. @returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are thrown as well, after they have been printed.
    if (error.exitCode === 0) return 0;
    const usage = new CliError(error.message.replace(/^error: /, ''), {
      cure: 'podex --help',
      exitCode: EXIT.usage,
    });
    return print(usage);
  }
  if (error instanceof ConfigError) {
    const cure = 'podex doctor lists every variable and who reads it';
    return print(
      new CliError(error.problems.join('\n'), { cure, exitCode: EXIT.configuration, cause: error }),
    );
  }
  return print(toCliError(error));
}

function print(error: CliError): number {
  process.stderr.write(`${formatCliError(error)}\n`);
  if (process.env.PODEX_DEBUG === '1' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack}\n`);
  return error.exitCode;
}
