import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { type WaitOptions, within } from '@podex/service-kit/waiting';
import { isAlive } from '../containers/container-index.ts';
import type { Container } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import type { NetworkPolicies } from '../egress/network-policies.ts';

/** Half a minute of tries: a server that is being checked has passed by then. */
const END_AFTER_ATTEMPTS = 5;
const REASON =
  'Its network policy could not be put in force on its server, and without that it does not run. ' +
  'Podex tries again by itself; an admin finds the cause with the server.';

/** Whether anything has to be asked of its server before it may run. */
export function isHeldToPolicy({ network }: Pick<WorkspaceTask, 'network'>): boolean {
  return network.mode !== 'open' || network.pending;
}

/**
 * Before a workspace starts, and when its policy was changed: its server holds it to the policy, or it does not run.
 *
 * @throws PodexError conflict, with words for its owner.
 */
export async function holdToPolicy(
  engine: Engine,
  container: Container,
  task: Pick<WorkspaceTask, 'network' | 'attempts'> & WaitOptions,
  policies: Pick<NetworkPolicies, 'enforce'>,
): Promise<void> {
  if (!isHeldToPolicy(task)) return;
  try {
    await within(task, () => policies.enforce(engine.identity.serverId));
  } catch (error) {
    task.signal?.throwIfAborted();
    const isRefused = PodexError.has(error, 'server_unfit') || task.attempts >= END_AFTER_ATTEMPTS;
    if (!isRefused) throw error;
    // One that is open meanwhile is as open as everybody’s.
    if (task.network.mode !== 'open' && isAlive(container.state)) await engine.containers.kill(container.id);
    throw new PodexError('conflict', REASON, {}, { cause: error });
  }
}
