import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { WorkspaceEnvironment, WorkspaceTask } from '@podex/contracts/internal/compute';
import type { Logger } from '@podex/service-kit/logger';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import type { ContainerIndex } from '../containers/container-index.ts';
import type { NetworkPolicies } from '../egress/network-policies.ts';
import type { LinkPool } from '../links/link-pool.ts';
import type { DaemonUpdates } from '../runtime/daemon-updates.ts';
import type { ServerRegistry } from '../servers/server-registry.ts';
import { handOver } from './bring-up.ts';
import type { Outcome } from './failure-outcome.ts';
import { isHeldToPolicy } from './hold-to-policy.ts';
import { evadesPolicy } from './next-step.ts';

/** After it the container is looked at. */
export const TAKE_OVER_TIMEOUT_MS = 5_000;

export interface TakeOverParts {
  servers: ServerRegistry;
  links: LinkPool;
  index: ContainerIndex;
  policies: Pick<NetworkPolicies, 'enforce'>;
  updates: Pick<DaemonUpdates, 'noteStart'>;
  /** A workspace has taken a warm container over; what needs an engine is done behind the response. */
  onTaken: (task: WorkspaceTask, serverId: ServerId, containerId: string) => void;
  logger: Logger;
}

interface Taking {
  task: WorkspaceTask;
  signal: AbortSignal;
}

/** A warm container was given to it when it was created. */
export function isGivenWarm(task: WorkspaceTask): boolean {
  return task.is_first_start && task.started_from === 'pool' && task.desired_status === 'running';
}

/**
 * A warm container that the workspace was given needs to be told whose it is, and nothing of an engine. Whether all is as it should be
 * is looked at afterwards.
 *
 * @returns undefined when it does not respond: then it is looked at first.
 */
export async function takeOver(
  { task, signal }: Taking,
  readEnvironment: (wait: WaitOptions) => Promise<WorkspaceEnvironment>,
  parts: TakeOverParts,
): Promise<Outcome | undefined> {
  const { links, servers, index, updates, logger, onTaken } = parts;
  const { server_id: serverId, container_id: containerId } = task;
  if (containerId === null || serverId === null || links.heardAtMs(containerId) === undefined)
    return undefined;
  if (servers.find(serverId)?.health.status !== 'ready') return undefined;
  const startedAt = performance.now();
  try {
    if (!(await holdTaken({ task, signal }, serverId, containerId, parts))) return undefined;
    const { notice, daemon } = await handOver(
      task,
      (options) => links.connect({ serverId, containerId }, { kind: 'daemon' }, options),
      readEnvironment,
      { signal, timeoutMs: TAKE_OVER_TIMEOUT_MS },
    );
    index.learnOwner(serverId, task.storage_key, task.id);
    index.note({ workspaceId: task.id, serverId, containerId, state: 'running' });
    updates.noteStart({ workspaceId: task.id, serverId, containerId }, daemon);
    onTaken(task, serverId, containerId);
    logger.info(
      { workspace_id: task.id, step: 'take_over', duration_ms: Math.round(performance.now() - startedAt) },
      'workspace.step',
    );
    return { status: 'running', reason: notice, containerId };
  } catch (error) {
    signal.throwIfAborted();
    if (PodexError.has(error, 'workspace_changed')) throw error;
    logger.warn({ err: error, workspace_id: task.id }, 'workspace.slot_lost');
    return undefined;
  }
}

/** @returns false when it has to be made again for that. */
async function holdTaken(
  { task, signal }: Taking,
  serverId: ServerId,
  containerId: string,
  { servers, policies }: TakeOverParts,
): Promise<boolean> {
  if (!isHeldToPolicy(task)) return true;
  const { containers } = await (await servers.get(serverId)).engine();
  const container = await containers.find(containerId, { signal });
  if (container === undefined || evadesPolicy(task, container)) return false;
  await within({ signal, timeoutMs: TAKE_OVER_TIMEOUT_MS }, () => policies.enforce(serverId));
  return true;
}
