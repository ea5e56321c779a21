import type { ServerId } from '@podex/contracts/ids';
import type { SlotStatus } from '@podex/contracts/internal/pool';
import { WORKSPACE_SIZES, type WorkspaceSize } from '@podex/contracts/workspaces';

/** What a server must still have beside a new slot: people’s workspaces come first. api holds to the same. */
const SPARE_ROOM = WORKSPACE_SIZES.medium;

/** What slots are made of. */
export interface SlotKind {
  image: string;
  size: WorkspaceSize;
}

export interface PlannedSlot extends SlotKind {
  storageKey: string;
  serverId: ServerId;
  status: SlotStatus;
  /** What was seen of its container; only a ready one is judged by it. */
  isAlive: boolean;
  imageId: string | null;
  version: string | null;
}

export interface PlannedServer {
  id: ServerId;
  /** It is ready, for api and for this compute. */
  takesWork: boolean;
  isReachable: boolean;
  /** No slot is being filled there, and the last that failed is long enough ago. */
  mayFill: boolean;
  totalCpu: number;
  totalMemoryMb: number;
  freeCpu: number;
  freeMemoryMb: number;
  /** What a new slot would be made from; undefined while that is not known. */
  current: { imageId: string; version: string } | undefined;
}

export interface PoolState {
  wanted: number;
  kind: SlotKind;
  /** How many workspaces may still run beside all that do, and all slots. */
  freeWorkspaces: number;
  slots: readonly PlannedSlot[];
  /** Where slots are being added that are not among `slots` yet. */
  adding: readonly ServerId[];
  servers: readonly PlannedServer[];
}

export type PoolStep =
  | { kind: 'add'; serverId: ServerId }
  /** Another compute began it. */
  | { kind: 'fill'; slot: PlannedSlot }
  | { kind: 'give_up'; slot: PlannedSlot; reason: string }
  | { kind: 'remove'; slot: PlannedSlot };

/**
 * What brings the pool closer to what is wanted. Depends on nothing but its argument: at most one new slot for each server, where the
 * pool has fewest, and one replacement in all at a time, so that there are slots to be taken meanwhile.
 */
export function planPool(state: PoolState): PoolStep[] {
  const servers = new Map(state.servers.map((server) => [server.id, server]));
  const steps: PoolStep[] = [];
  const kept: PlannedSlot[] = [];
  for (const slot of state.slots) {
    const server = servers.get(slot.serverId);
    // What is on a server that does not respond can neither be used nor removed.
    if (server === undefined || !server.isReachable) continue;
    const reason = whyUseless(slot, server, state.kind);
    if (slot.status === 'removing') steps.push({ kind: 'remove', slot });
    else if (reason !== undefined) steps.push({ kind: 'give_up', slot, reason });
    else kept.push(slot);
  }
  const surplus = surplusOf(kept, Math.max(0, state.wanted - state.adding.length), servers);
  for (const slot of surplus) steps.push({ kind: 'give_up', slot, reason: 'fewer are wanted' });
  const staying = kept.filter((slot) => !surplus.includes(slot));
  for (const slot of staying) if (slot.status === 'filling') steps.push({ kind: 'fill', slot });
  const added = additions(state, staying);
  const isAtRest = surplus.length + added.length + state.adding.length === 0;
  const replaced = isAtRest ? slotToReplace(staying, servers) : undefined;
  if (replaced !== undefined) {
    steps.push({ kind: 'give_up', slot: replaced, reason: 'its image or Podex is newer by now' });
  }
  return [...steps, ...added];
}

function whyUseless(slot: PlannedSlot, server: PlannedServer, kind: SlotKind): string | undefined {
  if (!server.takesWork) return 'its server takes no work';
  if (slot.image !== kind.image || slot.size !== kind.size) return 'slots are made otherwise by now';
  if (slot.status === 'ready' && !slot.isAlive) return 'its container has ended';
  return undefined;
}

/** The least useful first: old ones, then those of the servers that have most. */
function surplusOf(
  kept: readonly PlannedSlot[],
  wanted: number,
  servers: ReadonlyMap<ServerId, PlannedServer>,
): PlannedSlot[] {
  const counts = countByServer(kept);
  const rest = [...kept];
  const surplus: PlannedSlot[] = [];
  const weight = (slot: PlannedSlot) =>
    (isOutdated(slot, servers) ? 1_000_000 : 0) +
    (counts.get(slot.serverId) ?? 0) * 10 +
    (slot.status === 'filling' ? 1 : 0);
  while (rest.length > wanted) {
    const worst = rest.reduce((one, other) => (weight(other) > weight(one) ? other : one));
    rest.splice(rest.indexOf(worst), 1);
    counts.set(worst.serverId, (counts.get(worst.serverId) ?? 0) - 1);
    surplus.push(worst);
  }
  return surplus;
}

/** An old one can still be taken; it goes when another can be filled in its place, and none is on the way. */
function slotToReplace(
  staying: readonly PlannedSlot[],
  servers: ReadonlyMap<ServerId, PlannedServer>,
): PlannedSlot | undefined {
  if (staying.some(({ status }) => status === 'filling')) return undefined;
  return staying.find((slot) => {
    const server = servers.get(slot.serverId);
    return server?.mayFill && hasRoom(server, { cpu: 0, memory_mb: 0 }) && isOutdated(slot, servers);
  });
}

function isOutdated(slot: PlannedSlot, servers: ReadonlyMap<ServerId, PlannedServer>): boolean {
  const current = servers.get(slot.serverId)?.current;
  if (current === undefined || slot.status !== 'ready') return false;
  return slot.imageId !== current.imageId || slot.version !== current.version;
}

function additions(state: PoolState, staying: readonly PlannedSlot[]): PoolStep[] {
  const counts = countByServer([...staying, ...state.adding.map((serverId) => ({ serverId }))]);
  const size = WORKSPACE_SIZES[state.kind.size];
  const open = state.servers.filter(
    (server) => server.takesWork && server.isReachable && server.mayFill && hasRoom(server, size),
  );
  const shareOf = (server: PlannedServer) =>
    Math.min(server.freeCpu / server.totalCpu, server.freeMemoryMb / server.totalMemoryMb);
  const best = open.sort(
    (one, other) =>
      (counts.get(one.id) ?? 0) - (counts.get(other.id) ?? 0) ||
      shareOf(other) - shareOf(one) ||
      (one.id < other.id ? -1 : 1),
  );
  // The last workspace that may run is a person’s.
  const count = Math.min(state.wanted - staying.length, state.freeWorkspaces - 1) - state.adding.length;
  return best.slice(0, Math.max(0, count)).map(({ id }) => ({ kind: 'add', serverId: id }));
}

function hasRoom(server: PlannedServer, size: { cpu: number; memory_mb: number }): boolean {
  return (
    server.freeCpu - size.cpu >= SPARE_ROOM.cpu &&
    server.freeMemoryMb - size.memory_mb >= SPARE_ROOM.memory_mb
  );
}

function countByServer(slots: readonly Pick<PlannedSlot, 'serverId'>[]): Map<ServerId, number> {
  const counts = new Map<ServerId, number>();
  for (const { serverId } of slots) counts.set(serverId, (counts.get(serverId) ?? 0) + 1);
  return counts;
}
