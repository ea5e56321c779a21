import type { ServerId } from '@podex/contracts/ids';
import type { ServerRecord } from '@podex/contracts/internal/compute';

/** `DELETE /internal/leftovers/{key}`. */
export function forgetLeftover(servers: Map<ServerId, ServerRecord>, call: string): undefined {
  for (const [id, server] of servers) {
    const leftovers = server.leftovers.filter(({ storage_key: key }) => !call.endsWith(`/${key}`));
    servers.set(id, { ...server, leftovers });
  }
}
