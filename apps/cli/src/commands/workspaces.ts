import { regionMatch } from '@podex/contracts/placement';
import {
  createWorkspaceInput,
  keepAliveInput,
  rebuildPreview,
  updateWorkspaceInput,
  type Workspace,
  workspace,
  workspaceSize,
} from '@podex/contracts/workspaces';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { type Goal, waitForStatus } from '../workspaces/wait-for-status.ts';
import { confirm } from './confirm.ts';
import { findWorkspace, listWaiting, listWorkspaces } from './find-workspace.ts';
import { addWord, readLabels } from './server-flags.ts';
import { waitingText } from './waiting-text.ts';
import { rebuildText, workspacesText, workspaceText } from './workspace-text.ts';
import { ALLOW, addNetworkCommand, MODES, readPolicy } from './workspaces-network.ts';
import { addShowCommand } from './workspaces-show.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

interface Waiting extends Printed {
  wait?: boolean;
}

interface NewOptions extends Waiting {
  size?: string;
  image?: string;
  git?: string;
  branch?: string;
  region?: string;
  regionMatch?: string;
  label?: string[];
  idleTimeout?: string;
  autoStart: boolean;
  network?: string;
  allow?: string[];
}

const HELP = 'podex workspaces --help';
const IDLE = 'seconds without use, "never", or "default" for what the platform says';

/** A workspace is named by its name or id. */
export function addWorkspacesCommand(program: Command): void {
  const workspaces = program
    .command('workspaces')
    .description('workspaces: make, start, pause, stop, rebuild and delete them');
  const add = (usage: string, description: string) =>
    addConnectionOptions(workspaces.command(usage)).description(description);
  const json = ['--json', 'for programs'] as const;
  const wait = ['--wait', 'until it is done, and show how it goes'] as const;
  add('list', 'those you can use, newest first')
    .option('--waiting', 'those of everyone that no server takes at present, and what helps (for admins)')
    .option(...json)
    .action(list);
  addShowCommand(workspaces);
  add('create <name>', 'make a workspace and start it')
    .option('--size <size>', workspaceSize.options.join(', '))
    .option('--image <image>', 'one that an admin allows; the platform’s own when left out')
    .option('--git <url>', 'a repository to clone')
    .option('--branch <branch>', 'of the repository')
    .option('--region <region>', 'where it is to live')
    .option('--region-match <match>', `${regionMatch.options.join(', ')}: whether it can live elsewhere`)
    .option('--label <key=value>', 'a label that its server must have; may be repeated', addWord)
    .option('--idle-timeout <timeout>', `when it is stopped: ${IDLE}`)
    .option('--no-auto-start', 'do not start it by using it')
    .option('--network <mode>', `what it may reach: ${MODES}; the platform’s default when left out`)
    .option(...ALLOW)
    .option(...wait)
    .option(...json)
    .action(create);
  add('set <workspace>', 'change what it is')
    .option('--name <name>', 'another name')
    .option('--size <size>', `${workspaceSize.options.join(', ')}; takes effect at its next start`)
    .option('--idle-timeout <timeout>', `when it is stopped: ${IDLE}`)
    .option('--auto-start <yes-or-no>', 'whether using it starts it')
    .option(...json)
    .action(set);
  add('start <workspace>', 'start it; files are as they were')
    .option(...wait)
    .option(...json)
    .action((name: string, options: Waiting) => act(name, { verb: 'start', goal: 'running' }, options));
  add('stop <workspace>', 'stop it; files and installed packages stay')
    .option(...wait)
    .option(...json)
    .action((name: string, options: Waiting) => act(name, { verb: 'stop', goal: 'stopped' }, options));
  add('pause <workspace>', 'keep all that runs in it as it is, without CPU; starting or using it resumes it')
    .option(...wait)
    .option(...json)
    .action((name: string, options: Waiting) => act(name, { verb: 'pause', goal: 'paused' }, options));
  add('keep-alive <workspace>', 'keep it from being stopped for being idle')
    .option('--seconds <seconds>', 'for at least as long; without it, its idle time begins again')
    .option(...json)
    .action(keepAlive);
  addNetworkCommand(workspaces);
  add('rebuild <workspace>', 'make its container again around its files; says what is lost and asks first')
    .option('--yes', 'do not ask')
    .option(...wait)
    .option(...json)
    .action(rebuild);
  add('delete <workspace>', 'delete it with its files; asks first')
    .option('--yes', 'do not ask')
    .option(...json)
    .action(remove);
}

async function list(options: Printed & { waiting?: boolean }): Promise<void> {
  if (options.waiting) {
    const waiting = await withApi(options, ({ ask }) => listWaiting(ask));
    console.log(options.json ? JSON.stringify(waiting, null, 2) : waitingText(waiting, new Date()));
    return;
  }
  const found = await withApi(options, ({ ask }) => listWorkspaces(ask));
  console.log(options.json ? JSON.stringify(found, null, 2) : workspacesText(found, new Date()));
}

async function create(name: string, options: NewOptions): Promise<void> {
  const { size, image, git, branch, region, regionMatch: match, label } = options;
  const { idleTimeout, autoStart, network, allow } = options;
  const body = parsed(createWorkspaceInput, {
    name,
    size,
    image,
    git_url: git,
    branch,
    region,
    region_match: match,
    labels: readLabels(label),
    idle_timeout_seconds: readTimeout(idleTimeout),
    auto_start: autoStart,
    network_policy: network === undefined ? undefined : readPolicy(network, allow),
  });
  const made = await withApi(options, async ({ ask }) => {
    const path = '/api/workspaces?wait_ms=0';
    return afterwards(ask, await ask({ method: 'POST', path, body, schema: workspace }), 'running', options);
  });
  print(made, options);
}

interface Changes extends Printed {
  name?: string;
  size?: string;
  idleTimeout?: string;
  autoStart?: string;
}

async function set(given: string, options: Changes): Promise<void> {
  const { name, size, idleTimeout, autoStart } = options;
  const isOn = autoStart === undefined ? undefined : { yes: true, no: false }[autoStart];
  const body = parsed(updateWorkspaceInput, {
    name,
    size,
    idle_timeout_seconds: readTimeout(idleTimeout),
    auto_start: autoStart === undefined ? undefined : (isOn ?? autoStart),
  });
  const changed = await withApi(options, async ({ ask }) =>
    ask({ method: 'PATCH', path: await pathOf(ask, given), body, schema: workspace }),
  );
  print(changed, options);
}

async function act(
  name: string,
  { verb, goal }: { verb: string; goal: Goal },
  options: Waiting,
): Promise<void> {
  const now = await withApi(options, async ({ ask }) => {
    const path = `${await pathOf(ask, name)}/${verb}?wait_ms=0`;
    return afterwards(ask, await ask({ method: 'POST', path, schema: workspace }), goal, options);
  });
  print(now, options);
}

async function keepAlive(name: string, options: Printed & { seconds?: string }): Promise<void> {
  const { seconds } = options;
  const body = parsed(keepAliveInput, { seconds: seconds === undefined ? undefined : Number(seconds) });
  const kept = await withApi(options, async ({ ask }) =>
    ask({ method: 'POST', path: `${await pathOf(ask, name)}/keep_alive`, body, schema: workspace }),
  );
  print(kept, options);
}

async function rebuild(name: string, options: Waiting & { yes?: boolean }): Promise<void> {
  const now = await withApi(options, async ({ ask }) => {
    const path = `${await pathOf(ask, name)}/rebuild`;
    const preview = await ask({ method: 'GET', path, schema: rebuildPreview });
    if (options.yes !== true) await confirm(rebuildText(name, preview), 'rebuild');
    const asked = await ask({ method: 'POST', path: `${path}?wait_ms=0`, schema: workspace });
    return afterwards(ask, asked, 'running', options);
  });
  print(now, options);
}

async function remove(name: string, options: Printed & { yes?: boolean }): Promise<void> {
  const gone = await withApi(options, async ({ ask }) => {
    const found = await findWorkspace(ask, name);
    if (options.yes !== true) {
      await confirm(
        `${found.name} (${found.id}) and all its files are deleted. This can’t be undone.`,
        'delete',
      );
    }
    await ask({ method: 'DELETE', path: `/api/workspaces/${found.id}`, schema: z.unknown() });
    return found;
  });
  const deleted = { id: gone.id, name: gone.name };
  console.log(options.json ? JSON.stringify(deleted, null, 2) : `${gone.name} is deleted`);
}

/** As it is when the person has waited for it, or at once. */
async function afterwards(ask: AskApi, now: Workspace, goal: Goal, { wait }: Waiting): Promise<Workspace> {
  return wait ? ((await waitForStatus(ask, now, goal)) ?? now) : now;
}

async function pathOf(ask: AskApi, name: string): Promise<string> {
  return `/api/workspaces/${(await findWorkspace(ask, name)).id}`;
}

/** Undefined: nothing was typed. */
function readTimeout(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'default') return null;
  return text === 'never' ? 0 : Number(text);
}

/** @throws CliError that names the field. */
function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> & object {
  const result = schema.safeParse(input);
  if (result.success) return result.data as z.output<Schema> & object;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new CliError(`${field}: ${issue?.message ?? 'is not valid'}`, { cure: HELP, exitCode: EXIT.usage });
}

function print(now: Workspace, { json }: Printed): void {
  console.log(json ? JSON.stringify(now, null, 2) : workspaceText(now, new Date()));
}
