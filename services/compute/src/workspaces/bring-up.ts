import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceEnvironment, WorkspaceTask } from '@podex/contracts/internal/compute';
import { type DaemonBuild, type DaemonSettings, daemonSettingsTaken } from '@podex/contracts/internal/daemon';
import { type WaitOptions, waitUntil } from '@podex/service-kit/waiting';
import { type ConnectToDaemon, callDaemon } from '../links/daemon-client.ts';

const TRY_EVERY_MS = 25;
const CALL_TIMEOUT_MS = 10_000;
const FILES_GONE =
  'Its files are gone: somebody removed their folder on its server. It began again with an empty home folder.';

export interface BroughtUp {
  /** What its owner should know of secrets that it does not have, and of files that are gone. */
  notice: string | null;
  /** Undefined of a daemon that says nothing of itself. */
  daemon: DaemonBuild | undefined;
}

/**
 * Makes a container that runs ready for use: tells its daemon the workspace’s settings as soon as it listens. May be done again at any
 * time, and is when a secret was changed.
 *
 * @throws PodexError daemon_unreachable, timed_out; workspace_not_running when the container has ended meanwhile.
 */
export async function bringUp(
  task: WorkspaceTask,
  connect: ConnectToDaemon,
  readEnvironment: (wait: WaitOptions) => Promise<WorkspaceEnvironment>,
  options: WaitOptions,
): Promise<BroughtUp> {
  const { env, notice } = await readEnvironment(callWithin(options));
  const settings: DaemonSettings = { workspace_id: task.id, name: task.name, env };
  const { has_new_storage: isNew, daemon } = await waitUntil(
    (signal) => ifListening(() => tell(connect, settings, { signal, timeoutMs: CALL_TIMEOUT_MS })),
    { ...options, everyMs: TRY_EVERY_MS },
  );
  const isEmptied = isNew && !task.is_first_start;
  const told = isEmptied ? [FILES_GONE, notice].filter((part) => part !== null).join(' ') : notice;
  return { notice: told, daemon };
}

/** The same for a daemon that is known to respond. */
export async function handOver(
  task: WorkspaceTask,
  connect: ConnectToDaemon,
  readEnvironment: (wait: WaitOptions) => Promise<WorkspaceEnvironment>,
  options: WaitOptions,
): Promise<BroughtUp> {
  const call = callWithin(options);
  const { env, notice } = await readEnvironment(call);
  const { daemon } = await tell(connect, { workspace_id: task.id, name: task.name, env }, call);
  return { notice, daemon };
}

/** Undefined as long as the daemon does not listen yet. */
async function ifListening<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await call();
  } catch (error) {
    if (PodexError.has(error, 'daemon_unreachable')) return undefined;
    throw error;
  }
}

function tell(connect: ConnectToDaemon, settings: DaemonSettings, call: WaitOptions) {
  return callDaemon(connect, daemonSettingsTaken, { method: 'PUT', path: '/settings', body: settings }, call);
}

function callWithin({ signal, timeoutMs }: WaitOptions): WaitOptions {
  return { signal, timeoutMs: Math.min(timeoutMs, CALL_TIMEOUT_MS) };
}
