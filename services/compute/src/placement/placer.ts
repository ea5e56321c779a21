import { PodexError } from '@podex/contracts/errors';
import type { ServerId, WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { ApiClient } from '../api/api-client.ts';
import { type PlacementServer, place, type Reservation } from './place.ts';

export interface PlacerOptions {
  api: Pick<ApiClient, 'reserve'>;
  servers: () => PlacementServer[];
  /** Asks api for the figures again. */
  refresh: () => Promise<void>;
  /** When the figures of `servers` were asked for. */
  snapshotAtMs: () => number;
  architectureOf: (image: string) => string | undefined;
  maxWorkspaces: number;
}

interface RecentReservation extends Reservation {
  workspaceId: WorkspaceId;
  /** When it was made; infinite while its response is awaited. */
  atMs: number;
}

/** Puts workspaces on servers. api’s reservation decides; what this remembers only saves requests that would fail. */
export class Placer {
  readonly #options: PlacerOptions;
  #recent: RecentReservation[] = [];

  constructor(options: PlacerOptions) {
    this.#options = options;
  }

  /**
   * Reserves room on the best server that has any. A workspace that was placed before stays where its files are.
   *
   * @throws PodexError no_server_available with the reason of each server, limit_reached, workspace_changed.
   */
  async place(task: WorkspaceTask, image: string): Promise<ServerId> {
    const { api, servers, refresh, maxWorkspaces } = this.#options;
    const request = this.#requestOf(task, image);
    const refused: Record<string, string> = {};
    const input = { lease_token: task.lease_token, image, max_workspaces: maxWorkspaces };
    let isFresh = false;
    for (;;) {
      const candidates = servers().filter(({ name }) => !Object.hasOwn(refused, name));
      const placement = place(request, candidates, this.#recentOfOthers(task.id));
      if (placement.kind === 'rejected') {
        if (isFresh) throw nowhere({ ...placement.reasons, ...refused });
        // What was freed since the last look counts.
        await refresh();
        isFresh = true;
        continue;
      }
      const { server } = placement;
      // Counted before the response: others that are placed meanwhile must not all choose this server.
      const reservation = this.#count(task.id, { ...request, serverId: server.id });
      try {
        await api.reserve(task.id, { ...input, server_id: server.id });
        reservation.atMs = Date.now();
        return server.id;
      } catch (error) {
        this.#recent = this.#recent.filter((other) => other !== reservation);
        refused[server.name] = refusalOfServer(error);
      }
    }
  }

  #requestOf(task: WorkspaceTask, image: string) {
    const { cpu, memory_mb: memoryMb } = WORKSPACE_SIZES[task.size];
    return {
      cpu,
      memoryMb,
      architecture: this.#options.architectureOf(image),
      ...(task.server_id === null ? {} : { pinnedTo: task.server_id }),
    };
  }

  /** In place of what the workspace had before, until its response is there and a later snapshot shows it. */
  #count(workspaceId: WorkspaceId, { serverId, cpu, memoryMb }: Reservation): RecentReservation {
    const reservation = { workspaceId, serverId, cpu, memoryMb, atMs: Number.POSITIVE_INFINITY };
    this.#recent = [...this.#recent.filter((recent) => recent.workspaceId !== workspaceId), reservation];
    return reservation;
  }

  /** Those that the servers’ figures may not show yet. */
  #recentOfOthers(workspaceId: WorkspaceId): readonly Reservation[] {
    const sinceMs = this.#options.snapshotAtMs();
    this.#recent = this.#recent.filter(({ atMs }) => atMs >= sinceMs);
    return this.#recent.filter((recent) => recent.workspaceId !== workspaceId);
  }
}

/** Why this server is out, so that the next best is tried. Rethrows what another server would not change. */
function refusalOfServer(error: unknown): string {
  const isOfServer =
    PodexError.has(error, 'conflict') ||
    (PodexError.has(error, 'limit_reached') && error.context.limit !== 'max_workspaces');
  if (!isOfServer) throw error;
  return error.message;
}

function nowhere(reasons: Record<string, string>): PodexError {
  return new PodexError('no_server_available', 'No workspace server can take it now; it is tried again.', {
    reasons,
  });
}
