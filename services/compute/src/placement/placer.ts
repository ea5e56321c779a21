import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { FleetSettings, WorkspaceTask } from '@podex/contracts/internal/compute';
import type { PlacementRefusal } from '@podex/contracts/placement';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import type { ApiClient } from '../api/api-client.ts';
import { place } from './place.ts';
import type { PlacementRequest, PlacementServer } from './placement.ts';
import { RecentReservations } from './recent-reservations.ts';

export interface PlacerOptions {
  api: Pick<ApiClient, 'reserve'>;
  servers: () => readonly PlacementServer[];
  settings: () => Pick<FleetSettings, 'placement_strategy'>;
  /** Asks api for the figures again. */
  refresh: () => Promise<void>;
  /** When the figures of `servers` were asked for. */
  snapshotAtMs: () => number;
  architectureOf: (image: string) => string | undefined;
  /** As the variable says; api knows the setting. */
  maxWorkspaces: number;
  /** From 0 to below 1. */
  random?: () => number;
}

/** Puts workspaces on servers. api’s reservation decides; what this remembers only saves requests that would fail. */
export class Placer {
  readonly #options: PlacerOptions;
  readonly #recent = new RecentReservations();

  constructor(options: PlacerOptions) {
    this.#options = options;
  }

  /**
   * Reserves room on the best server that has any. A workspace that was placed before stays where its files are.
   *
   * @throws PodexError no_server_available with what is short or wrong at each server, limit_reached, workspace_changed.
   */
  async place(task: WorkspaceTask, image: string): Promise<ServerId> {
    const {
      api,
      servers,
      settings,
      refresh,
      snapshotAtMs,
      maxWorkspaces,
      random = Math.random,
    } = this.#options;
    const request = this.#requestOf(task, image);
    const refused = new Map<string, PlacementRefusal>();
    const input = { lease_token: task.lease_token, image, max_workspaces: maxWorkspaces };
    // What it had is replaced.
    this.#recent.remove(task.id);
    let isFresh = false;
    for (;;) {
      this.#recent.forgetBefore(snapshotAtMs());
      const candidates = servers().filter(({ name }) => !refused.has(name));
      const policy = { strategy: settings().placement_strategy, random };
      const placement = place(request, candidates, this.#recent.taken, policy);
      if (placement.kind === 'rejected') {
        if (isFresh) throw nowhere([...placement.refusals, ...refused.values()]);
        // What was freed since the last look counts.
        await refresh();
        isFresh = true;
        continue;
      }
      const { server } = placement;
      this.#recent.add(task.id, server.id, request);
      try {
        await api.reserve(task.id, { ...input, server_id: server.id });
        this.#recent.confirm(task.id, performance.now());
        return server.id;
      } catch (error) {
        this.#recent.remove(task.id);
        refused.set(server.name, refusalOfServer(server.name, error));
      }
    }
  }

  #requestOf(task: WorkspaceTask, image: string): PlacementRequest {
    const { cpu, memory_mb: memoryMb, disk_gb: diskGb } = WORKSPACE_SIZES[task.size];
    return {
      cpu,
      memoryMb,
      diskGb,
      image,
      architecture: this.#options.architectureOf(image),
      labels: task.required_labels,
      ...(task.region === null ? {} : { region: { name: task.region, match: task.region_match } }),
      ...(task.server_id === null ? {} : { pinnedTo: task.server_id }),
    };
  }
}

/** Why this server is out, so that the next best is tried. Rethrows what another server would not change. */
function refusalOfServer(server: string, error: unknown): PlacementRefusal {
  const isOfServer =
    PodexError.has(error, 'conflict') ||
    (PodexError.has(error, 'limit_reached') && error.context.limit !== 'max_workspaces');
  if (!isOfServer) throw error;
  return { server, cause: 'reservation', detail: error.message };
}

function nowhere(refusals: PlacementRefusal[]): PodexError {
  const message = 'No workspace server can take it now; it is tried again.';
  return new PodexError('no_server_available', message, { refusals });
}
