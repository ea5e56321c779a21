import type { PlacementServer, Room, TakenRoom } from './placement.ts';

const NONE: Room = { cpu: 0, memoryMb: 0, diskGb: 0 };

/** What is left on the server; below zero when less may be promised than before. */
export function roomOf(server: PlacementServer, taken: TakenRoom): Room {
  const recent = taken.get(server.id) ?? NONE;
  return {
    cpu: server.totalCpu - server.reservedCpu - recent.cpu,
    memoryMb: server.totalMemoryMb - server.reservedMemoryMb - recent.memoryMb,
    diskGb: server.totalDiskGb - server.reservedDiskGb - recent.diskGb,
  };
}
