import { type ServerId, type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { ContainerState, ListedContainer } from '../docker/containers.ts';
import { LABEL_WORKSPACE_ID } from '../docker/labels.ts';

/** Where a workspace’s container is, as last seen. */
export interface ContainerPlace {
  workspaceId: WorkspaceId;
  serverId: ServerId;
  containerId: string;
  state: ContainerState;
}

/** Whether a process in it can be reached or waits in it: everything but before the start and after the end. */
export function isAlive(state: ContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

/**
 * Finds a workspace’s container without asking an engine. Only a hint: it is filled from what the engines list, lost with the
 * process, and a caller that finds it wrong lists again.
 */
export class ContainerIndex {
  readonly #byServer = new Map<ServerId, Map<WorkspaceId, ContainerPlace>>();

  /** A live container wins over a dead one, as after a workspace was moved. */
  find(id: WorkspaceId): ContainerPlace | undefined {
    let found: ContainerPlace | undefined;
    for (const places of this.#byServer.values()) {
      const place = places.get(id);
      if (place !== undefined && (found === undefined || isAlive(place.state))) found = place;
    }
    return found;
  }

  /** All that the server has, in place of what was known of it. Containers without a workspace’s id are left out. */
  replace(serverId: ServerId, containers: readonly ListedContainer[]): ContainerPlace[] {
    const places = containers.flatMap((container) => {
      const id = workspaceId.safeParse(container.labels[LABEL_WORKSPACE_ID]);
      if (!id.success) return [];
      return [{ workspaceId: id.data, serverId, containerId: container.id, state: container.state }];
    });
    this.#byServer.set(serverId, new Map(places.map((place) => [place.workspaceId, place])));
    return places;
  }

  note(place: ContainerPlace): void {
    const places = this.#byServer.get(place.serverId) ?? new Map<WorkspaceId, ContainerPlace>();
    places.set(place.workspaceId, place);
    this.#byServer.set(place.serverId, places);
  }

  forgetServer(serverId: ServerId): void {
    this.#byServer.delete(serverId);
  }

  list(state: ContainerState): ContainerPlace[] {
    const places = [...this.#byServer.values()].flatMap((ofServer) => [...ofServer.values()]);
    return places.filter((place) => place.state === state);
  }

  count(state: ContainerState): number {
    return this.list(state).length;
  }
}
