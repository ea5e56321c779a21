import { createRequire } from 'node:module';
import { ConfigError } from '@podex/service-kit/variables';
import { Command, CommanderError } from 'commander';
import { CliError, EXIT, errorCode, formatCliError, toCliError } from './cli-error.ts';
import { addAcpCommand } from './commands/acp.ts';
import { addAdminCommand } from './commands/admin.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addApprovalsCommand } from './commands/approvals.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addCheckpointsCommand } from './commands/checkpoints.ts';
import { addConversationsCommand } from './commands/conversations.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDownCommand } from './commands/down.ts';
import { addFilesCommand } from './commands/files.ts';
import { addGitCredentialsCommand } from './commands/git-credentials.ts';
import { addGitSshKeysCommand } from './commands/git-ssh-keys.ts';
import { addLoginCommands } from './commands/login.ts';
import { addLogsCommand } from './commands/logs.ts';
import { addPoolCommand } from './commands/pool.ts';
import { addPortCommands } from './commands/ports.ts';
import { addQuotasCommand } from './commands/quotas.ts';
import { addRulesCommand } from './commands/rules.ts';
import { addSecretsCommand } from './commands/secrets.ts';
import { addServersCommand } from './commands/servers.ts';
import { addServersInviteCommands } from './commands/servers-invite.ts';
import { addServersJoinCommand } from './commands/servers-join.ts';
import { addServersRenewCommand } from './commands/servers-renew.ts';
import { addSettingsCommand } from './commands/settings.ts';
import { addSharesCommand } from './commands/shares.ts';
import { addSshCommand } from './commands/ssh.ts';
import { addSshConfigCommand } from './commands/ssh-config.ts';
import { addSshKeysCommand } from './commands/ssh-keys.ts';
import { addSshProxyCommand } from './commands/ssh-proxy.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTeamsCommand } from './commands/teams.ts';
import { addTestCommand } from './commands/test.ts';
import { addTokensCommand } from './commands/tokens.ts';
import { addUpCommand } from './commands/up.ts';
import { addUsageCommand } from './commands/usage.ts';
import { addUsersCommand } from './commands/users.ts';
import { addWorkspacesCommand } from './commands/workspaces.ts';
import { addMoveCommand } from './commands/workspaces-move.ts';

onClosedOutput();

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
addSettingsCommand(program);
addUsersCommand(program);
addAgentCommand(program);
addAcpCommand(program);
addConversationsCommand(program);
addApprovalsCommand(program);
addRulesCommand(program);
addSecretsCommand(program);
addLoginCommands(program);
addTokensCommand(program);
addTeamsCommand(program);
addQuotasCommand(program);
addUsageCommand(program);
addWorkspacesCommand(program);
addCheckpointsCommand(program);
addPoolCommand(program);
addSharesCommand(program);
addFilesCommand(program);
addPortCommands(program);
addAuditCommand(program);
addMoveCommand(program);
addSshCommand(program);
addSshConfigCommand(program);
addSshProxyCommand(program);
addSshKeysCommand(program);
addGitCredentialsCommand(program);
addGitSshKeysCommand(program);
const servers = addServersCommand(program);
addServersInviteCommands(servers);
addServersJoinCommand(servers);
addServersRenewCommand(servers);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/**
 * The terminal was closed, or the program that reads our output has ended: what runs stops as at a hangup,
 * a command that only prints is over.
 */
function onClosedOutput(): void {
  let isClosed = false;
  const stop = (error: Error) => {
    const code = errorCode(error);
    if (code !== 'EPIPE' && code !== 'EIO') throw error;
    if (isClosed) return;
    isClosed = true;
    if (!process.emit('SIGHUP', 'SIGHUP')) process.exit(EXIT.failed);
  };
  process.stdout.on('error', stop);
  process.stderr.on('error', stop);
}

/** Prints what went wrong, once and in one style. @returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are thrown as well, after they have been printed.
    if (error.exitCode === 0) return 0;
    const usage = new CliError(usageText(error.message), {
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

/** A word too many may be a secret that was to come from standard input: it is not repeated. */
function usageText(message: string): string {
  return message.replace(/^error: /, '').replace(/^(too many arguments.* but got \d+): [\s\S]*$/, '$1');
}

function print(error: CliError): number {
  process.stderr.write(`${formatCliError(error)}\n`);
  if (process.env.PODEX_DEBUG === '1' && error.cause instanceof Error)
    process.stderr.write(`${error.cause.stack}\n`);
  return error.exitCode;
}
