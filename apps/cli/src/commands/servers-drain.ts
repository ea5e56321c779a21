import { createInterface } from 'node:readline/promises';
import { activeChoice, type ServerWorkspace, serverWorkspace, workspaceMove } from '@podex/contracts/moves';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import { type Server, server } from '@podex/contracts/servers';
import { pause } from '@podex/service-kit/waiting';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { untilInterrupted } from '../progress/until-interrupted.ts';
import { drainText, lostText, moveText } from './drain-text.ts';
import { findServer, SERVERS_PATH } from './find-server.ts';

const LOOK_EVERY_MS = 1_000;
const PAGE = 200;
const ACTIVE = [
  '--active <wait-or-stop>',
  'workspaces that run: wait until they have stopped, or stop them and start them again elsewhere',
  'wait',
] as const;

interface DrainOptions extends ConnectionOptions {
  move?: boolean;
  active: string;
  watch?: boolean;
  json?: boolean;
}

interface RemoveOptions extends DrainOptions {
  lost?: boolean;
  confirm?: string;
}

/** How a server is emptied and removed. */
export function addDrainCommands(servers: Command): void {
  const add = (usage: string, description: string) =>
    addConnectionOptions(servers.command(usage)).description(description).option('--json', 'for programs');
  add('drain <server>', 'give it no new workspaces; with --move, take those that it has elsewhere')
    .option('--move', 'move its workspaces to other servers; files stay, packages of the system do not')
    .option(...ACTIVE)
    .option('--watch', 'until it is empty, and show how it goes')
    .action(drain);
  add('remove <server>', 'forget it; refused while it has workspaces')
    .option('--move', 'drain it first, and wait until it is empty')
    .option(...ACTIVE)
    .option('--lost', 'it is gone for good: says whose files are lost, and asks for its name')
    .option('--confirm <name>', 'with --lost: its name, instead of being asked')
    .action(remove);
}

async function drain(name: string, options: DrainOptions): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const one = await startDrain(ask, await findServer(ask, name), options);
    if (options.watch) await watchDrain(ask, one, options);
    else if (options.json) console.log(JSON.stringify(one, null, 2));
    else {
      const progress = options.move && one.drain !== null ? `; ${drainText(one.drain)}` : '';
      console.log(`${one.name} gets no new workspaces${progress}`);
    }
  });
}

async function startDrain(ask: AskApi, { id }: Server, options: DrainOptions): Promise<Server> {
  const active = activeChoice.safeParse(options.active);
  if (!active.success) {
    throw new CliError(`--active cannot be ${options.active}`, {
      cure: 'wait or stop',
      exitCode: EXIT.usage,
    });
  }
  const body = { move: options.move ?? false, active: active.data };
  return ask({ method: 'POST', path: `${SERVERS_PATH}/${id}/drain`, body, schema: server });
}

/** Resolves when it is empty. @throws CliError when something stays that is not moved by itself. */
async function watchDrain(ask: AskApi, { id, name }: Server, { json }: DrainOptions): Promise<void> {
  const way = { message: 'The drain continues without you', cure: `podex servers show ${name}` };
  let shown = '';
  const look = async (signal: AbortSignal) => {
    const now = await ask({ method: 'GET', path: `${SERVERS_PATH}/${id}`, schema: server, signal });
    if (now.drain === null) throw new CliError(`${name} is not draining any more`);
    const line = json ? JSON.stringify(now.drain) : drainText(now.drain);
    if (line !== shown) console.log(line);
    shown = line;
    return { now, drain: now.drain };
  };
  await untilInterrupted(way, async (signal) => {
    for (;;) {
      const { now, drain } = await look(signal);
      if (drain.left === 0 && drain.cleaning === 0) return;
      if (drain.moving + drain.waiting + drain.cleaning === 0) throw await stuck(ask, now);
      await pause(LOOK_EVERY_MS, signal);
    }
  });
}

async function stuck(ask: AskApi, { id, name }: Server): Promise<CliError> {
  const path = withQuery(`${SERVERS_PATH}/${id}/moves`, { limit: PAGE });
  const { items } = await ask({ method: 'GET', path, schema: pageOf(workspaceMove) });
  const latest = new Map([...items].reverse().map((move) => [move.workspace_id, move]));
  const failed = [...latest.values()].filter(
    ({ status, from_server: from }) => status === 'failed' && from === id,
  );
  return new CliError(`${name} is not empty, and nothing more is being moved`, {
    cure: [
      ...failed.map((move) => `${move.workspace_name}: ${moveText(move)}`),
      `podex servers drain ${name} --move, to try again`,
    ],
  });
}

async function remove(name: string, options: RemoveOptions): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const one = await findServer(ask, name);
    let path = `${SERVERS_PATH}/${one.id}`;
    if (options.lost) path = withQuery(path, { lost: true, confirm: await confirmLost(ask, one, options) });
    else if (options.move) await watchDrain(ask, await startDrain(ask, one, options), options);
    await ask({ method: 'DELETE', path, schema: z.unknown() });
    const removed = { id: one.id, name: one.name };
    console.log(options.json ? JSON.stringify(removed, null, 2) : `${one.name} is removed`);
  });
}

/** Says what is lost first. @returns its name as it was typed. */
async function confirmLost(ask: AskApi, { id, name }: Server, options: RemoveOptions): Promise<string> {
  process.stderr.write(`${lostText(name, await workspacesOf(ask, id))}\n\n`);
  if (options.confirm !== undefined) return options.confirm;
  if (!process.stdin.isTTY) {
    throw new CliError('Nobody is there to confirm that these files are given up', {
      cure: `add --confirm ${name}`,
      exitCode: EXIT.usage,
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await prompt.question('Type the name of the server to give them up: ')).trim();
  } finally {
    prompt.close();
  }
}

async function workspacesOf(ask: AskApi, id: string): Promise<ServerWorkspace[]> {
  const items: ServerWorkspace[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const path = withQuery(`${SERVERS_PATH}/${id}/workspaces`, { limit: PAGE, after: after || undefined });
    const schema = pageOf(serverWorkspace);
    const page: { items: ServerWorkspace[]; next: string | null } = await ask({
      method: 'GET',
      path,
      schema,
    });
    items.push(...page.items);
    after = page.next;
  }
  return items;
}
