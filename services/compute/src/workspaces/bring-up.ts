import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceEnvironment, WorkspaceTask } from '@podex/contracts/internal/compute';
import { type DaemonSettings, daemonHealth } from '@podex/contracts/internal/daemon';
import { type WaitOptions, waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import { type ConnectToDaemon, callDaemon } from '../links/daemon-client.ts';

const HEALTH_EVERY_MS = 25;
const CALL_TIMEOUT_MS = 10_000;

/**
 * Makes a container that runs ready for use: waits for its daemon, tells it the workspace’s settings. All of it may be
 * done again at any time, and is when a secret was changed.
 *
 * @returns what its owner should know of secrets that it does not have.
 * @throws PodexError daemon_unreachable, timed_out; workspace_not_running when the container has ended meanwhile.
 */
export async function bringUp(
  task: WorkspaceTask,
  connect: ConnectToDaemon,
  readEnvironment: (wait: WaitOptions) => Promise<WorkspaceEnvironment>,
  options: WaitOptions,
): Promise<string | null> {
  await waitUntil((signal) => findHealth(connect, signal), { ...options, everyMs: HEALTH_EVERY_MS });
  return handOver(task, connect, readEnvironment, options);
}

/** The part of `bringUp` that a daemon needs which is known to respond. */
export async function handOver(
  task: WorkspaceTask,
  connect: ConnectToDaemon,
  readEnvironment: (wait: WaitOptions) => Promise<WorkspaceEnvironment>,
  { signal, timeoutMs }: WaitOptions,
): Promise<string | null> {
  const call = { signal, timeoutMs: Math.min(timeoutMs, CALL_TIMEOUT_MS) };
  const { env, notice } = await readEnvironment(call);
  const body: DaemonSettings = { workspace_id: task.id, name: task.name, env };
  await callDaemon(connect, z.unknown(), { method: 'PUT', path: '/settings', body }, call);
  return notice;
}

/** Undefined as long as the daemon does not listen yet. */
async function findHealth(connect: ConnectToDaemon, signal: AbortSignal): Promise<true | undefined> {
  try {
    const call = { method: 'GET', path: '/health' };
    await callDaemon(connect, daemonHealth, call, { signal, timeoutMs: CALL_TIMEOUT_MS });
    return true;
  } catch (error) {
    if (PodexError.has(error, 'daemon_unreachable')) return undefined;
    throw error;
  }
}
