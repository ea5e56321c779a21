import { createRequire } from 'node:module';
import { type Command, Option } from 'commander';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { type AgentSettings, MODES } from '../conversations/conversation-requests.ts';
import { chooseWorkspace } from './agent-place.ts';

const { version } = createRequire(import.meta.url)('../../package.json');

const HELP = `
An editor starts it, not a person. In the settings of Zed, for example:
  "agent_servers": { "Podex": { "command": "podex", "args": ["acp", "--workspace", "shop"] } }

Sign in with podex login first. Standard output carries the protocol alone; what goes wrong is told on standard error.`;

export function addAcpCommand(program: Command): void {
  addConnectionOptions(program.command('acp'))
    .description('lets an editor use the agent of a workspace, by the Agent Client Protocol')
    .option(
      '--workspace <workspace>',
      'where, by its name or id; else as for podex agent in the editor’s folder',
    )
    .addOption(new Option('--mode <mode>', 'of new conversations').choices(MODES))
    .option('--model <model>', 'of new conversations')
    .addHelpText('after', HELP)
    .action(acp);
}

async function acp(options: ConnectionOptions & AgentSettings & { workspace?: string }): Promise<void> {
  const { workspace: name, mode, model } = options;
  // Loaded here alone: the protocol’s schemas would slow every other command down.
  const { serveAcp } = await import('../acp/serve-acp.ts');
  await withApi(options, (connection) =>
    serveAcp({
      connection,
      version: String(version),
      settings: { mode, model },
      findWorkspace: async (folder) => (await chooseWorkspace(connection.ask, { name, folder })).id,
      log: (line) => process.stderr.write(`podex acp: ${line}\n`),
    }),
  );
}
