import type { Duplex } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import type { LinkTarget } from '@podex/contracts/internal/daemon';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, pause, type WaitOptions, within } from '@podex/service-kit/waiting';
import { type BridgeStream, type ConnectOptions, Link } from './link.ts';

const OPEN_TIMEOUT_MS = 10_000;
/** For one CONNECT over a link that is up. The bridge waits up to 10 seconds for a daemon that is just starting. */
const CONNECT_TIMEOUT_MS = 11_000;
const IDLE_CLOSE_MS = 600_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 5_000;

export interface LinkPlace {
  serverId: string;
  containerId: string;
}

export interface LinkPoolOptions {
  /** Starts the bridge in a container; undefined when the container is gone or does not run. */
  openBridge: (place: LinkPlace) => Promise<BridgeStream | undefined>;
  logger: Logger;
}

/** What is known of the way into one container. */
interface Slot {
  link: Link | undefined;
  opening: Promise<Link> | undefined;
  failures: number;
  notBeforeMs: number;
}

/**
 * One link to each container in use, opened when first needed and shared by all. A broken one is opened again by the next who needs
 * it, after a pause that grows with each failure; one that nobody has used for ten minutes is closed.
 */
export class LinkPool {
  readonly #options: LinkPoolOptions;
  readonly #slots = new Map<string, Slot>();

  constructor(options: LinkPoolOptions) {
    this.#options = options;
  }

  /** Links that are up. */
  get size(): number {
    return [...this.#slots.values()].filter(({ link }) => link?.isOpen).length;
  }

  /**
   * A connection into the container. A link that turns out to be broken is replaced once: nothing has been sent over it yet.
   *
   * @throws PodexError workspace_not_running, daemon_unreachable, timed_out, server_unreachable.
   */
  async connect(place: LinkPlace, target: LinkTarget, options: ConnectOptions): Promise<Duplex> {
    const { isOneOfMany = false } = options;
    return within(options, async (signal) => {
      const wait = { signal, timeoutMs: CONNECT_TIMEOUT_MS, isOneOfMany };
      const known = this.#slots.get(place.containerId)?.link;
      const link = await this.#linkTo(place);
      try {
        return await link.connect(target, wait);
      } catch (error) {
        signal.throwIfAborted();
        const isBroken = !link.isOpen || PodexError.has(error, 'timed_out');
        if (link !== known || !isBroken) throw error;
        link.close();
        const fresh = await this.#linkTo(place);
        return fresh.connect(target, wait);
      }
    });
  }

  /** Opens the link to a container that has just been started, while its daemon starts. A failure is left to who needs it. */
  open(place: LinkPlace): void {
    this.#linkTo(place).catch(() => undefined);
  }

  /** When its daemon last sent something over the link that is up; undefined without one. */
  heardAtMs(containerId: string): number | undefined {
    const link = this.#slots.get(containerId)?.link;
    return link?.isOpen ? link.heardAtMs : undefined;
  }

  /** A connection that does not count as use of the link, over one that is opened where there is none. */
  async probe(place: LinkPlace, options: WaitOptions): Promise<Duplex> {
    return within(options, async (signal) => {
      const link = await this.#linkTo(place);
      return link.connect({ kind: 'daemon' }, { signal, timeoutMs: options.timeoutMs, isProbe: true });
    });
  }

  /** Closes a link that no connection is open over. */
  closeIdle(containerId: string): void {
    const link = this.#slots.get(containerId)?.link;
    if (link !== undefined && link.idleMs() > 0) link.close();
  }

  /** The container is about to be frozen: its link is kept, however long nothing comes over it. */
  rest(containerId: string): void {
    this.#slots.get(containerId)?.link?.rest();
  }

  /** The container is thawed. */
  wake(containerId: string): void {
    this.#slots.get(containerId)?.link?.wake();
  }

  /** The container has ended: what is open to it would hang. */
  closeContainer(containerId: string): void {
    this.#slots.get(containerId)?.link?.close();
    this.#slots.delete(containerId);
  }

  /** Closes what nobody uses and forgets what is not there any more. Call it now and then. */
  sweep(): void {
    for (const [containerId, slot] of this.#slots) {
      const { link } = slot;
      if (link !== undefined && !link.isResting && link.idleMs() > IDLE_CLOSE_MS) link.close();
      const isVacant = !slot.link?.isOpen && slot.opening === undefined;
      if (isVacant && performance.now() > slot.notBeforeMs) this.#slots.delete(containerId);
    }
  }

  close(): void {
    for (const { link } of this.#slots.values()) link?.close();
  }

  /** Assigned before the first await, so that all who come meanwhile share one opening. */
  #linkTo(place: LinkPlace): Promise<Link> {
    const slot = this.#slotOf(place.containerId);
    if (slot.link?.isOpen) return Promise.resolve(slot.link);
    slot.opening ??= this.#open(place, slot).finally(() => {
      slot.opening = undefined;
    });
    return slot.opening;
  }

  #slotOf(containerId: string): Slot {
    const known = this.#slots.get(containerId);
    if (known !== undefined) return known;
    const slot: Slot = { link: undefined, opening: undefined, failures: 0, notBeforeMs: 0 };
    this.#slots.set(containerId, slot);
    return slot;
  }

  async #open(place: LinkPlace, slot: Slot): Promise<Link> {
    const waitMs = slot.notBeforeMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    const startedAt = performance.now();
    const bridge = await this.#options.openBridge(place);
    if (bridge === undefined) {
      throw new PodexError('workspace_not_running', 'The container of the workspace does not run.', {});
    }
    try {
      const link = await Link.open(bridge, { timeoutMs: OPEN_TIMEOUT_MS });
      slot.failures = 0;
      return this.#keep(place, slot, link, performance.now() - startedAt);
    } catch (error) {
      slot.notBeforeMs = performance.now() + backoffMs(slot.failures, FIRST_BACKOFF_MS, MAX_BACKOFF_MS);
      slot.failures += 1;
      throw error;
    }
  }

  #keep(place: LinkPlace, slot: Slot, link: Link, durationMs: number): Link {
    if (this.#slots.get(place.containerId) !== slot) {
      link.close();
      throw new PodexError('workspace_not_running', 'The container of the workspace has ended.', {});
    }
    slot.link = link;
    const fields = { container_id: place.containerId, duration_ms: Math.round(durationMs) };
    this.#options.logger.debug(fields, 'link.opened');
    return link;
  }
}
