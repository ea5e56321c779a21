import type { ServerId } from '@podex/contracts/ids';
import type { ServerStatus } from '@podex/contracts/servers';

/** What a workspace asks of a server. */
export interface PlacementRequest {
  cpu: number;
  memoryMb: number;
  /** As Docker images name it (`amd64`); undefined when the image runs anywhere or is not known yet. */
  architecture?: string | undefined;
  /**
   * Where its storage lives already: no other server will do. Its share may be among what is taken there, so that only api,
   * which reserves it, can say whether there is room.
   */
  pinnedTo?: ServerId | undefined;
}

export interface PlacementServer {
  id: ServerId;
  name: string;
  status: ServerStatus;
  /** Why it is not ready. */
  reason: string | null;
  /** As engines name it (`x86_64`, `aarch64`). */
  architecture: string | undefined;
  totalCpu: number;
  totalMemoryMb: number;
  reservedCpu: number;
  reservedMemoryMb: number;
  workspaces: number;
}

/** Room taken on a server that its figures do not show yet. */
export interface Reservation {
  serverId: ServerId;
  cpu: number;
  memoryMb: number;
}

export type Placement =
  | { kind: 'placed'; server: PlacementServer }
  /** Why each server was refused, by its name. */
  | { kind: 'rejected'; reasons: Record<string, string> };

/**
 * Chooses the server of a workspace: of those that are healthy and fit, the one with the largest free share left afterwards (of
 * processor or memory, whichever is scarcer), then the one with fewest workspaces. Depends on nothing but its arguments.
 *
 * A draining server takes nothing new; what lives there may still start, because its files are there.
 */
export function place(
  request: PlacementRequest,
  servers: readonly PlacementServer[],
  reservations: readonly Reservation[],
): Placement {
  const reasons: Record<string, string> = {};
  let best: { server: PlacementServer; share: number } | undefined;
  for (const server of servers) {
    const room = roomOf(server, reservations);
    const rejection = rejectionOf(request, server, room);
    if (rejection !== undefined) {
      reasons[server.name] = rejection;
      continue;
    }
    const share = freeShareAfter(request, server, room);
    if (best === undefined || isBetter(server, share, best)) best = { server, share };
  }
  if (best !== undefined) return { kind: 'placed', server: best.server };
  if (servers.length === 0) reasons['no server'] = 'no workspace server is registered';
  return { kind: 'rejected', reasons };
}

interface Room {
  cpu: number;
  memoryMb: number;
}

function roomOf(server: PlacementServer, reservations: readonly Reservation[]): Room {
  const own = reservations.filter(({ serverId }) => serverId === server.id);
  return {
    cpu: server.totalCpu - server.reservedCpu - own.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMb:
      server.totalMemoryMb - server.reservedMemoryMb - own.reduce((sum, { memoryMb }) => sum + memoryMb, 0),
  };
}

function rejectionOf(request: PlacementRequest, server: PlacementServer, room: Room): string | undefined {
  if (request.pinnedTo !== undefined && request.pinnedTo !== server.id)
    return 'its files are on another server';
  const takesIt =
    server.status === 'ready' || (server.status === 'draining' && request.pinnedTo === server.id);
  if (!takesIt)
    return server.reason === null ? `is ${server.status}` : `is ${server.status}: ${server.reason}`;
  if (!isSameArchitecture(request.architecture, server.architecture)) {
    return `is ${server.architecture}, the image is ${request.architecture}`;
  }
  if (request.pinnedTo !== undefined) return undefined;
  if (room.memoryMb < request.memoryMb)
    return `has ${Math.max(0, Math.floor(room.memoryMb))} MB of memory left`;
  if (room.cpu < request.cpu) return `has ${Math.max(0, room.cpu)} processors left`;
  return undefined;
}

/** Engines use the kernel’s names, images those of Go. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', arm64: 'arm64' };

function isSameArchitecture(ofImage: string | undefined, ofEngine: string | undefined): boolean {
  if (ofImage === undefined || ofEngine === undefined) return true;
  return (ARCHITECTURES[ofEngine] ?? ofEngine) === ofImage;
}

function freeShareAfter(request: PlacementRequest, server: PlacementServer, room: Room): number {
  return Math.min(
    (room.cpu - request.cpu) / server.totalCpu,
    (room.memoryMb - request.memoryMb) / server.totalMemoryMb,
  );
}

function isBetter(
  server: PlacementServer,
  share: number,
  best: { server: PlacementServer; share: number },
): boolean {
  if (share !== best.share) return share > best.share;
  if (server.workspaces !== best.server.workspaces) return server.workspaces < best.server.workspaces;
  return server.id < best.server.id;
}
