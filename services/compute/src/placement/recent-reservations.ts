import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { Room, TakenRoom } from './placement.ts';

interface Reservation extends Room {
  serverId: ServerId;
  /** When it was made; infinite while its response is awaited. */
  atMs: number;
}

/** Reservations that the servers’ figures may not show yet, summed by server. */
export class RecentReservations {
  readonly #byWorkspace = new Map<WorkspaceId, Reservation>();
  readonly #sums = new Map<ServerId, Room>();
  #sinceMs = 0;

  get taken(): TakenRoom {
    return this.#sums;
  }

  /** Counted before the response: others that are placed meanwhile must not all choose this server. */
  add(workspaceId: WorkspaceId, serverId: ServerId, { cpu, memoryMb, diskGb }: Room): void {
    this.remove(workspaceId);
    const reservation = { serverId, cpu, memoryMb, diskGb, atMs: Number.POSITIVE_INFINITY };
    this.#byWorkspace.set(workspaceId, reservation);
    this.#change(reservation, 1);
  }

  /** api has it: counted until the figures are newer. */
  confirm(workspaceId: WorkspaceId, atMs: number): void {
    const reservation = this.#byWorkspace.get(workspaceId);
    if (reservation !== undefined) reservation.atMs = atMs;
  }

  remove(workspaceId: WorkspaceId): void {
    const reservation = this.#byWorkspace.get(workspaceId);
    if (reservation === undefined) return;
    this.#byWorkspace.delete(workspaceId);
    this.#change(reservation, -1);
  }

  /** The figures of that time show what was reserved before. */
  forgetBefore(sinceMs: number): void {
    if (sinceMs === this.#sinceMs) return;
    this.#sinceMs = sinceMs;
    for (const [id, { atMs }] of this.#byWorkspace) if (atMs < sinceMs) this.remove(id);
    if (this.#byWorkspace.size === 0) this.#sums.clear();
  }

  #change({ serverId, cpu, memoryMb, diskGb }: Reservation, sign: 1 | -1): void {
    const sum = this.#sums.get(serverId) ?? { cpu: 0, memoryMb: 0, diskGb: 0 };
    this.#sums.set(serverId, {
      cpu: sum.cpu + sign * cpu,
      memoryMb: sum.memoryMb + sign * memoryMb,
      diskGb: sum.diskGb + sign * diskGb,
    });
  }
}
