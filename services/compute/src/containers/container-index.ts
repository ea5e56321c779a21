import { type ServerId, type WorkspaceId, workspaceId } from '@podex/contracts/ids';
import type { ContainerState, ListedContainer } from '../docker/containers.ts';
import { LABEL_SLOT, LABEL_STORAGE_KEY, LABEL_WORKSPACE_ID } from '../docker/labels.ts';

/** Where a workspace’s container is, as last seen. */
export interface ContainerPlace {
  workspaceId: WorkspaceId;
  serverId: ServerId;
  containerId: string;
  state: ContainerState;
}

/** A container of the warm pool whose owner is not known: nobody’s yet, or taken a moment ago. */
export interface SlotContainer {
  poolId: string;
  storageKey: string;
  containerId: string;
  state: ContainerState;
  /** api has neither a slot nor a workspace with this folder. */
  isStray: boolean;
}

/** Whether a process in it can be reached or waits in it: everything but before the start and after the end. */
export function isAlive(state: ContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

interface OfServer {
  /** What stands here came from a listing, and not from a single container. */
  isListed: boolean;
  places: Map<WorkspaceId, ContainerPlace>;
  slots: readonly SlotContainer[];
}

/**
 * Finds a workspace’s container without asking an engine. Only a hint: it is filled from what the engines list, lost with the
 * process, and a caller that finds it wrong lists again.
 *
 * A container says by a label whose it is; one that began in the warm pool says it by its name, once it has been renamed. Until then
 * its owner has to be learned, from api or from who took it.
 */
export class ContainerIndex {
  readonly #byServer = new Map<ServerId, OfServer>();
  readonly #ownerOf = new Map<string, WorkspaceId>();

  /** A live container wins over a dead one, as after a workspace was moved. */
  find(id: WorkspaceId): ContainerPlace | undefined {
    let found: ContainerPlace | undefined;
    for (const { places } of this.#byServer.values()) {
      const place = places.get(id);
      if (place !== undefined && (found === undefined || isAlive(place.state))) found = place;
    }
    return found;
  }

  /** All that the server has, in place of what was known of it. */
  replace(serverId: ServerId, containers: readonly ListedContainer[]): Listing {
    const places: ContainerPlace[] = [];
    const slots: SlotContainer[] = [];
    for (const { id: containerId, state, name, labels } of containers) {
      const storageKey = labels[LABEL_STORAGE_KEY];
      const poolId = labels[LABEL_SLOT];
      const isSlot = poolId !== undefined && storageKey !== undefined;
      const owner = isSlot
        ? (ownerInName(name) ?? this.#ownerOf.get(storageKey))
        : workspaceId.safeParse(labels[LABEL_WORKSPACE_ID]).data;
      // Its name says it from now on.
      if (isSlot && ownerInName(name) !== undefined) this.#ownerOf.delete(storageKey);
      if (owner !== undefined) places.push({ workspaceId: owner, serverId, containerId, state });
      else if (isSlot) slots.push({ poolId, storageKey, containerId, state, isStray: false });
    }
    this.#byServer.set(serverId, {
      isListed: true,
      places: new Map(places.map((place) => [place.workspaceId, place])),
      slots,
    });
    return { places, slots };
  }

  /** Whose the container with this folder is. */
  learnOwner(storageKey: string, id: WorkspaceId): void {
    this.#ownerOf.set(storageKey, id);
    for (const [serverId, { slots }] of this.#byServer) {
      const slot = slots.find((other) => other.storageKey === storageKey);
      if (slot === undefined) continue;
      const { containerId, state } = slot;
      this.note({ workspaceId: id, serverId, containerId, state });
      this.#of(serverId).slots = slots.filter((other) => other !== slot);
    }
  }

  note(place: ContainerPlace): void {
    this.#of(place.serverId).places.set(place.workspaceId, place);
  }

  /** Slots that api knows nothing of, as of the last listing. */
  noteStrays(serverId: ServerId, keys: readonly string[]): void {
    const strays = new Set(keys);
    const of = this.#of(serverId);
    of.slots = of.slots.map((slot) => ({ ...slot, isStray: strays.has(slot.storageKey) }));
  }

  hasListed(serverId: ServerId): boolean {
    return this.#byServer.get(serverId)?.isListed ?? false;
  }

  slotsOf(serverId: ServerId): readonly SlotContainer[] {
    return this.#byServer.get(serverId)?.slots ?? [];
  }

  forgetServer(serverId: ServerId): void {
    this.#byServer.delete(serverId);
  }

  list(state: ContainerState): ContainerPlace[] {
    const places = [...this.#byServer.values()].flatMap((ofServer) => [...ofServer.places.values()]);
    return places.filter((place) => place.state === state);
  }

  count(state: ContainerState): number {
    return this.list(state).length;
  }

  #of(serverId: ServerId): OfServer {
    const known = this.#byServer.get(serverId) ?? { isListed: false, places: new Map(), slots: [] };
    this.#byServer.set(serverId, known);
    return known;
  }
}

export interface Listing {
  places: readonly ContainerPlace[];
  slots: readonly SlotContainer[];
}

/** `podex-ws_…`; no one but Podex and the operator can name containers. */
function ownerInName(name: string): WorkspaceId | undefined {
  return workspaceId.safeParse(name.replace(/^podex-/, '')).data;
}
