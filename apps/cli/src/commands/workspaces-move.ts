import { workspaceId } from '@podex/contracts/ids';
import { activeChoice, type WorkspaceMove, workspaceMove } from '@podex/contracts/moves';
import { pause } from '@podex/service-kit/waiting';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { untilInterrupted } from '../progress/until-interrupted.ts';
import { hasEnded, moveText } from './drain-text.ts';
import { findServer } from './find-server.ts';

const LOOK_EVERY_MS = 1_000;

interface MoveOptions extends ConnectionOptions {
  to?: string;
  active: string;
  cancel?: boolean;
  watch?: boolean;
  json?: boolean;
}

/** `podex workspaces move`: it may be anybody’s, so it is named by its id. For admins. */
export function addMoveCommand(program: Command): void {
  const known = program.commands.find((one) => one.name() === 'workspaces');
  const workspaces = known ?? program.command('workspaces').description('workspaces');
  addConnectionOptions(workspaces.command('move <workspace-id>'))
    .description('move one to another server; files stay, packages of the system do not (for admins)')
    .option('--to <server>', 'a name or id; the best one with room when left out')
    .option(
      '--active <wait-or-stop>',
      'if it runs: wait until it has stopped, or stop it and start it there',
      'wait',
    )
    .option('--cancel', 'leave it where it is, as long as its files there are what counts')
    .option('--watch', 'until it is done, and show how it goes')
    .option('--json', 'for programs')
    .action(move);
}

async function move(id: string, options: MoveOptions): Promise<void> {
  if (!workspaceId.safeParse(id).success) {
    throw new CliError(`${id} is not the id of a workspace`, {
      cure: 'it looks like ws_…; podex servers show lists those of a server',
      exitCode: EXIT.usage,
    });
  }
  await withApi(options, async ({ ask }) => {
    const asked = await request(ask, id, options);
    const ended = options.watch ? await watch(ask, id, options) : asked;
    if (options.json) console.log(JSON.stringify(ended, null, 2));
    else if (!options.watch) console.log(`${ended.workspace_name}: ${moveText(ended)}`);
    if (options.watch && ended.status !== 'done') process.exitCode = EXIT.failed;
  });
}

async function request(ask: AskApi, id: string, options: MoveOptions): Promise<WorkspaceMove> {
  const path = `/api/admin/workspaces/${id}/move`;
  if (options.cancel) return ask({ method: 'POST', path: `${path}/cancel`, schema: workspaceMove });
  const active = activeChoice.safeParse(options.active);
  if (!active.success) {
    throw new CliError(`--active cannot be ${options.active}`, {
      cure: 'wait or stop',
      exitCode: EXIT.usage,
    });
  }
  const to = options.to === undefined ? {} : { server: (await findServer(ask, options.to)).id };
  return ask({ method: 'POST', path, body: { active: active.data, ...to }, schema: workspaceMove });
}

async function watch(ask: AskApi, id: string, { json }: MoveOptions): Promise<WorkspaceMove> {
  const path = `/api/admin/workspaces/${id}/move`;
  const left = { message: 'The move continues without you', cure: `podex workspaces move ${id} --watch` };
  return untilInterrupted(left, async (signal) => {
    for (let shown = ''; ; ) {
      const now = await ask({ method: 'GET', path, schema: workspaceMove, signal });
      const line = `${now.workspace_name}: ${moveText(now)}`;
      if (line !== shown && !json) console.log(line);
      shown = line;
      if (hasEnded(now)) return now;
      await pause(LOOK_EVERY_MS, signal);
    }
  });
}
