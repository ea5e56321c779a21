import type { PlacementStrategy } from '@podex/contracts/settings';
import type {
  Placement,
  PlacementPolicy,
  PlacementRequest,
  PlacementServer,
  Room,
  TakenRoom,
} from './placement.ts';
import { hasRoom, refusalsOf, suits } from './refusals.ts';
import { roomOf } from './room.ts';

/** A fleet of more servers is sampled, so that replicas that see the same figures do not all choose the same server. */
export const SAMPLED_ABOVE = 100;
const SAMPLE_SIZE = 16;
/** To pull an image costs as much as a tenth of a server that is not free. */
const IMAGE_BONUS = 0.1;
/** Above any difference of load. */
const REGION_BONUS = 2;

/**
 * Chooses the server of a workspace among those that are healthy, suit it and have room: by `spread` the one with the largest free
 * share left afterwards (of what is scarcest there), by `pack` the one with the smallest. Depends on nothing but its arguments, and not
 * on the order of up to 100 servers.
 *
 * A draining server takes nothing new; what lives there may still start, because its files are there.
 */
export function place(
  request: PlacementRequest,
  servers: readonly PlacementServer[],
  taken: TakenRoom,
  policy: PlacementPolicy,
): Placement {
  const candidates: PlacementServer[] = [];
  for (const server of servers) {
    if (suits(request, server) && hasRoom(request, server, roomOf(server, taken))) candidates.push(server);
  }
  const [first] = candidates;
  if (first === undefined) {
    const refusals = servers.flatMap((server) => refusalsOf(request, server, roomOf(server, taken)));
    return { kind: 'rejected', refusals };
  }
  const looked = servers.length > SAMPLED_ABOVE ? sampleOf(candidates, request, policy.random) : candidates;
  let best = looked[0] ?? first;
  let bestScore = scoreOf(request, best, roomOf(best, taken), policy.strategy);
  for (const server of looked) {
    const score = scoreOf(request, server, roomOf(server, taken), policy.strategy);
    if (score > bestScore || (score === bestScore && goesBefore(server, best, policy.strategy))) {
      best = server;
      bestScore = score;
    }
  }
  return { kind: 'placed', server: best };
}

/** Some of the candidates, of the preferred region when there are any in it. */
function sampleOf(
  candidates: readonly PlacementServer[],
  { region }: PlacementRequest,
  random: () => number,
): readonly PlacementServer[] {
  const near = region === undefined ? [] : candidates.filter((server) => server.region === region.name);
  const pool = near.length > 0 ? near : candidates;
  if (pool.length <= SAMPLE_SIZE) return pool;
  return Array.from({ length: SAMPLE_SIZE }, () => pool[Math.floor(random() * pool.length)]).filter(
    (server) => server !== undefined,
  );
}

function scoreOf(
  request: PlacementRequest,
  server: PlacementServer,
  room: Room,
  strategy: PlacementStrategy,
): number {
  const freeShare = Math.min(
    (room.cpu - request.cpu) / server.totalCpu,
    (room.memoryMb - request.memoryMb) / server.totalMemoryMb,
    (room.diskGb - request.diskGb) / server.totalDiskGb,
  );
  const hasImage = request.image !== undefined && server.hasImage?.(request.image) === true;
  const isNear = request.region !== undefined && server.region === request.region.name;
  return (
    (strategy === 'pack' ? -freeShare : freeShare) +
    (hasImage ? IMAGE_BONUS : 0) +
    (isNear ? REGION_BONUS : 0)
  );
}

/** Between servers of equal score. */
function goesBefore(server: PlacementServer, other: PlacementServer, strategy: PlacementStrategy): boolean {
  if (server.workspaces !== other.workspaces) {
    return strategy === 'pack' ? server.workspaces > other.workspaces : server.workspaces < other.workspaces;
  }
  return server.id < other.id;
}
