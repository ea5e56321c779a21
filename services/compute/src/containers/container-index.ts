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
  /** The container that counts, by api, which decides where a workspace lives, or by who has just started it. */
  readonly #homeOf = new Map<WorkspaceId, { serverId: ServerId; containerId: string }>();

  /**
   * The one that it lives in. What servers say that they have of it is not believed before: a hostile one would get what is meant for it,
   * and one that was away may come back with a container that its workspace has left.
   */
  find(id: WorkspaceId): ContainerPlace | undefined {
    const home = this.#homeOf.get(id);
    if (home === undefined) return undefined;
    const place = this.#byServer.get(home.serverId)?.places.get(id);
    return place?.containerId === home.containerId ? place : undefined;
  }

  /** All that the server says it has, in place of what was known of it. What is new in it counts once it was confirmed. */
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
    const listed = new Map(places.map((place) => [place.workspaceId, place]));
    for (const place of this.#of(serverId).places.values()) {
      if (!listed.has(place.workspaceId)) this.#leave(place);
    }
    this.#byServer.set(serverId, { isListed: true, places: listed, slots });
    return { places, slots };
  }

  /** @param foreign containers whose workspaces live on another server, in another folder, or nowhere. */
  confirm(serverId: ServerId, { places }: Listing, foreign: readonly string[]): void {
    const others = new Set(foreign);
    for (const place of places) {
      const { workspaceId: id, containerId } = place;
      if (others.has(containerId)) this.#leave(place);
      // Another may have been started since the listing.
      else if (this.#of(serverId).places.get(id)?.containerId === containerId) {
        this.#homeOf.set(id, { serverId, containerId });
      }
    }
  }

  /** Whose the container with this folder is on the server. */
  learnOwner(serverId: ServerId, storageKey: string, id: WorkspaceId): void {
    this.#ownerOf.set(storageKey, id);
    const { slots } = this.#of(serverId);
    const slot = slots.find((other) => other.storageKey === storageKey);
    if (slot === undefined) return;
    const { containerId, state } = slot;
    this.note({ workspaceId: id, serverId, containerId, state });
    this.#of(serverId).slots = slots.filter((other) => other !== slot);
  }

  note(place: ContainerPlace): void {
    this.#of(place.serverId).places.set(place.workspaceId, place);
    this.#homeOf.set(place.workspaceId, { serverId: place.serverId, containerId: place.containerId });
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
    for (const place of this.#of(serverId).places.values()) this.#leave(place);
    this.#byServer.delete(serverId);
  }

  list(state: ContainerState): ContainerPlace[] {
    const places = [...this.#byServer.values()].flatMap((ofServer) => [...ofServer.places.values()]);
    return places.filter((place) => place.state === state && this.find(place.workspaceId) === place);
  }

  count(state: ContainerState): number {
    return this.list(state).length;
  }

  #leave({ workspaceId: id, containerId }: ContainerPlace): void {
    if (this.#homeOf.get(id)?.containerId === containerId) this.#homeOf.delete(id);
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
