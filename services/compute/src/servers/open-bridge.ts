import { serverId } from '@podex/contracts/ids';
import { DAEMON_MOUNT_PATH } from '@podex/contracts/internal/daemon';
import type { BridgeStream } from '../links/link.ts';
import type { LinkPlace } from '../links/link-pool.ts';
import type { ServerRegistry } from './server-registry.ts';

const ARGV = [`${DAEMON_MOUNT_PATH}/bridge`];

/** Starts the bridge in a container. Undefined when the container is gone or does not run. */
export async function openBridge(
  servers: ServerRegistry,
  place: LinkPlace,
): Promise<BridgeStream | undefined> {
  const server = await servers.get(serverId.parse(place.serverId));
  const engine = await server.engine();
  return engine.openExec(place.containerId, ARGV);
}
