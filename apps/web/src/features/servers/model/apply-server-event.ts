import type { DurableEvent } from '@podex/contracts/events';
import type { Server } from '@podex/contracts/servers';

/** The list after the event. */
export function applyServerEvent(servers: Server[], event: DurableEvent): Server[] {
  if (event.type !== 'server.changed') return servers;
  const { server_id: id, status, reason } = event;
  return servers.map((server) => (server.id === id ? { ...server, status, reason } : server));
}
