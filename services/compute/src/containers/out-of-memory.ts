import { daemonHealth } from '@podex/contracts/internal/daemon';
import type { Logger } from '@podex/service-kit/logger';
import type { Engine } from '../docker/engine.ts';
import { callDaemon } from '../links/daemon-client.ts';
import type { LinkPool } from '../links/link-pool.ts';

const PROBES = 3;
const PROBE_TIMEOUT_MS = 4_000;

/**
 * A sandbox whose memory ran out loses the process that asked for too much, or hangs as a whole while the engine shows it running. A
 * daemon that no longer responds tells the second: the container is killed, and started again as one that was lost.
 */
export async function endIfHung(
  engine: Engine,
  containerId: string,
  { links, logger }: { links: LinkPool; logger: Logger },
): Promise<void> {
  const place = { serverId: engine.identity.serverId, containerId };
  for (let probe = 1; probe <= PROBES; probe += 1) {
    try {
      const call = { method: 'GET', path: '/health' };
      await callDaemon((options) => links.connect(place, { kind: 'daemon' }, options), daemonHealth, call, {
        timeoutMs: PROBE_TIMEOUT_MS,
      });
      logger.info({ container_id: containerId }, 'container.survived_out_of_memory');
      return;
    } catch (error) {
      logger.warn({ err: error, container_id: containerId, probe }, 'container.silent_after_out_of_memory');
    }
  }
  await engine.containers.kill(containerId);
}
