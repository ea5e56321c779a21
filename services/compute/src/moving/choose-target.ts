import { PodexError } from '@podex/contracts/errors';
import type { ServerId } from '@podex/contracts/ids';
import type { MoveTask } from '@podex/contracts/internal/moving';
import { WORKSPACE_SIZES } from '@podex/contracts/workspaces';
import { place } from '../placement/place.ts';
import type { PlacementPolicy, PlacementRequest, PlacementServer } from '../placement/placement.ts';

export interface ChooseTargetOptions {
  servers: () => readonly PlacementServer[];
  strategy: () => PlacementPolicy['strategy'];
  architectureOf: (image: string) => string | undefined;
  defaultImage: string;
  /** @throws PodexError conflict when api says that the server takes nothing now. */
  take: (id: ServerId) => Promise<void>;
}

/**
 * The best server with room for the workspace, other than the one it is on.
 *
 * @returns `busy` when the only ones that would do are taking others at present.
 * @throws PodexError no_server_available with the reason of each server.
 */
export async function chooseTarget(task: MoveTask, options: ChooseTargetOptions): Promise<ServerId | 'busy'> {
  const request = requestOf(task, options);
  const policy = { strategy: options.strategy(), random: Math.random };
  let candidates = options
    .servers()
    .filter(({ id }) => id !== task.source?.server_id)
    .filter(({ id }) => task.target_server === null || id === task.target_server);
  let isBusy = false;
  for (;;) {
    const placement = place(request, candidates, new Map(), policy);
    if (placement.kind === 'rejected') {
      if (isBusy) return 'busy';
      throw new PodexError('no_server_available', 'No other workspace server can take it.', {
        refusals: placement.refusals,
      });
    }
    const { id } = placement.server;
    try {
      await options.take(id);
      return id;
    } catch (error) {
      if (!PodexError.has(error, 'conflict')) throw error;
      isBusy = true;
      candidates = candidates.filter((server) => server.id !== id);
    }
  }
}

function requestOf(task: MoveTask, { architectureOf, defaultImage }: ChooseTargetOptions): PlacementRequest {
  const { cpu, memory_mb: memoryMb, disk_gb: diskGb } = WORKSPACE_SIZES[task.size];
  const image = task.image ?? defaultImage;
  return {
    cpu,
    memoryMb,
    diskGb,
    image,
    architecture: architectureOf(image),
    labels: task.required_labels,
    ...(task.region === null ? {} : { region: { name: task.region, match: task.region_match } }),
  };
}
