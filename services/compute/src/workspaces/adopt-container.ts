import type { WorkspaceId } from '@podex/contracts/ids';
import type { Engine } from '../docker/engine.ts';
import { containerName } from './container-spec.ts';

/**
 * Gives a container that was taken from the warm pool its workspace’s name, and looks once more at what it runs under. One that does not
 * run as it should is removed: the workspace is started again, in a container of its own.
 */
export async function adoptContainer(
  engine: Engine,
  taken: { containerId: string; workspaceId: WorkspaceId; runtime: string },
  signal: AbortSignal,
): Promise<void> {
  const { containerId, workspaceId, runtime } = taken;
  await engine.containers.rename(containerId, containerName(workspaceId), { signal });
  const container = await engine.containers.find(containerId, { signal });
  if (container !== undefined && container.runtime !== runtime) {
    await engine.containers.remove(containerId, { signal });
  }
}
