import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { CliError, EXIT } from '../cli-error.ts';
import { CHECKOUT, type CliConfig } from '../config.ts';
import { ensureSystemUser, readSystemUser, type SystemUser } from '../machine/system-user.ts';
import type { Progress } from '../progress/progress.ts';
import type { ProcessUser } from '../supervisor/process-user.ts';
import { findUnusable } from './find-unusable.ts';
import { type ProcessName, programFile } from './processes.ts';
import { SERVICE_NAMES, type ServiceName } from './service-settings.ts';

/** Whom each process runs as; undefined: as the user who runs this. */
export type ServiceUsers = Readonly<Partial<Record<ProcessName, ProcessUser>>>;

const ROOT = 'root';
/** A user for each, so that none can read the memory, the environment or the files of another. */
const OWN_USERS: Record<ServiceName, string> = {
  api: 'podex-api',
  compute: 'podex-compute',
  agent: 'podex-agent',
  web: 'podex-web',
};
const LOWEST_FREE_PORT_FILE = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

/** What a service reads besides its own program: one file of each folder that it lives on. */
const READ_BY_ALL = ['node_modules/zod/package.json', 'packages/contracts/package.json'];

/**
 * Where Podex runs as root, an unprivileged user for each service; the engine’s socket, which is as good as root, is
 * for compute’s alone. A service whose user could not work (the checkout lies below `/root`, say) runs as root, and
 * one line says so.
 *
 * @throws CliError when PODEX_SERVICE_USER names nobody, or a user cannot be created.
 */
export async function chooseServiceUsers(
  config: Pick<CliConfig, 'serviceUser' | 'ports' | 'operator'>,
  { engineSocket, progress }: { engineSocket: string; progress: Progress },
): Promise<ServiceUsers> {
  if (process.getuid?.() !== 0 || config.serviceUser === ROOT) return {};
  const system = await openUsers(config.serviceUser, progress);
  const lowestFreePort = Number(await readFile(LOWEST_FREE_PORT_FILE, 'utf8'));
  const socket = await stat(engineSocket);
  const users: Partial<Record<ServiceName, ProcessUser>> = {};
  const blocked = new Map<string, ServiceName[]>();
  for (const name of SERVICE_NAMES) {
    const user: ProcessUser = {
      ...system[name],
      groups: name === 'compute' ? [socket.gid] : [],
      bindsLowPort: config.ports[name] < lowestFreePort,
    };
    const problem = await findUnusable(user, needsOf(name, { config, engineSocket }));
    if (problem === undefined) users[name] = user;
    else blocked.set(problem, [...(blocked.get(problem) ?? []), name]);
  }
  for (const [problem, names] of blocked) progress.note(warning(names, problem));
  if ((socket.mode & 0o002) !== 0) {
    progress.note(
      `Warning: every user of this machine can control ${engineSocket}, as root: chmod o-rw ${engineSocket}`,
    );
  }
  // What has no secret shares a user with the page, which has none either.
  return { ...users, ...(users.web ? { 'demo-model': { ...users.web, bindsLowPort: false } } : {}) };
}

async function openUsers(
  chosen: string | undefined,
  progress: Progress,
): Promise<Record<ServiceName, SystemUser>> {
  const shared = chosen === undefined ? undefined : await requireUser(chosen);
  const created: string[] = [];
  const open = async (name: ServiceName): Promise<SystemUser> => {
    if (shared && name !== 'compute') return shared;
    const { user, isNew } = await ensureSystemUser(OWN_USERS[name]);
    if (isNew) created.push(user.name);
    return user;
  };
  // One after the other: useradd locks the file that it changes.
  const users = {
    api: await open('api'),
    compute: await open('compute'),
    agent: await open('agent'),
    web: await open('web'),
  };
  if (created.length > 0) progress.note(`Created system users for the services: ${created.join(', ')}.`);
  return users;
}

async function requireUser(name: string): Promise<SystemUser> {
  const user = await readSystemUser(name);
  if (user) return user;
  throw new CliError(`PODEX_SERVICE_USER is ${name}, which is no user of this machine`, {
    cure: `useradd --system ${name}`,
    exitCode: EXIT.configuration,
  });
}

function needsOf(
  name: ServiceName,
  { config, engineSocket }: { config: Pick<CliConfig, 'operator'>; engineSocket: string },
): { reads: string[]; writes: string[] } {
  const reads = [
    process.execPath,
    programFile(name),
    ...READ_BY_ALL.map((file) => path.join(CHECKOUT, file)),
  ];
  if (name !== 'compute') return { reads, writes: [] };
  const runtimeDirectory = config.operator.values.COMPUTE_RUNTIME_DIRECTORY;
  return {
    reads,
    writes: [engineSocket, ...(runtimeDirectory === undefined ? [] : [runtimeDirectory])],
  };
}

function warning(names: readonly ServiceName[], problem: string): string {
  const run = names.length === 1 ? 'runs' : 'run';
  const cure = problem.startsWith('read ')
    ? 'Move the checkout (and the Node that runs it) to where all users can read it, such as /opt/podex'
    : `Give ${names.map((name) => OWN_USERS[name]).join(', ')} that right`;
  return `Warning: ${names.join(', ')} ${run} as root, because other users cannot ${problem}. ${cure}, or accept it with PODEX_SERVICE_USER=root.`;
}
