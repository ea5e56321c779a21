import { PodexError } from '@podex/contracts/errors';
import type { WorkspaceId } from '@podex/contracts/ids';
import { promisedSizes } from '@podex/contracts/placement';
import type { SettingValues } from '@podex/contracts/settings';
import { WORKSPACE_SIZES, type WorkspaceSize } from '@podex/contracts/workspaces';
import type { Tx } from '../../database/connect.ts';
import type { ServerRow } from '../../servers/server-store.ts';
import { usableSizes } from '../../servers/server-view.ts';
import { sumReservations } from './workspace-work-store.ts';

export interface RoomWanted {
  id: WorkspaceId;
  size: WorkspaceSize;
  /** Its processes are to run there. */
  runs: boolean;
  /** Its files are to lie there, and do not yet. */
  isNew: boolean;
}

/**
 * For a caller that has locked the fleet.
 *
 * @returns what the server promises in all.
 * @throws PodexError limit_reached.
 */
export async function requireRoomOn(
  tx: Tx,
  server: ServerRow,
  { id, size, runs, isNew }: RoomWanted,
  values: Readonly<SettingValues>,
): Promise<ReturnType<typeof promisedSizes>> {
  const { cpu, memory_mb: memoryMb, disk_gb: diskGb } = WORKSPACE_SIZES[size];
  const taken = await sumReservations(tx, server.id, id);
  const promised = promisedSizes(usableSizes(server), values);
  if (runs) {
    requireRoom('cpu', promised.cpu, taken.cpu + cpu);
    requireRoom('memory_mb', promised.memory_mb, taken.memory_mb + memoryMb);
  }
  // Of files that are there already it is too late to say so.
  if (isNew) requireRoom('disk_gb', promised.disk_gb, taken.disk_gb + diskGb);
  return promised;
}

/** @throws PodexError limit_reached. */
export function requireRoom(limit: string, max: number, wanted: number): void {
  if (wanted <= max) return;
  throw new PodexError('limit_reached', `No room left: ${limit} is ${max}.`, { limit, max });
}
