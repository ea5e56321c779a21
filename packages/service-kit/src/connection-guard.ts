import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { PodexError } from '@podex/contracts/errors';
import { rawErrorResponse } from './raw-response.ts';

/** Above it Node refuses connections without a word: the process keeps file descriptors for its own work. */
const CONNECTIONS_MAX = 10_000;
/** A client that takes nothing for so long, while there are bytes for it, is gone or means harm. */
const STALLED_MS_MAX = 60_000;
const STALL_LOOK_EVERY_MS = 5_000;

export interface ConnectionLimits {
  connectionsMax?: number | undefined;
  /** From one address, of those that have not shown a credential yet; no limit when left out (other services are few peers with many). */
  unknownPerAddressMax?: number | undefined;
  /** That one owner keeps open from request to request; what comes above is closed after its response. No limit when left out. */
  keptPerOwnerMax?: number | undefined;
  /** What counts as one address: a client has many addresses of IPv6. Each for itself when left out. */
  networkOf?: ((address: string) => string) | undefined;
  /** A proxy stands for many clients: its connections count towards no address. */
  isProxy?: ((address: string) => boolean) | undefined;
  stalledMsMax?: number | undefined;
}

const refused = new WeakSet<Socket>();
const admissions = new WeakMap<Socket, (owner: string | undefined) => boolean>();

/** Whether a request on it must not run: its connection was refused, though Node goes on to read it. */
export function isRefused(socket: Socket): boolean {
  return refused.has(socket);
}

/**
 * The peer has shown who it is: the limit on unknown connections from its address does not count this one any more, that of its
 * `owner` does, where one is given.
 *
 * @returns false when the owner keeps too many: the connection should end with the response.
 */
export function admitSocket(socket: Socket, owner?: string): boolean {
  return admissions.get(socket)?.(owner) ?? true;
}

/** Bounds the connections of a server, and cuts those whose clients do not read. @returns what ends the guarding. */
export function guardConnections(server: Server, limits: ConnectionLimits): () => void {
  server.maxConnections = limits.connectionsMax ?? CONNECTIONS_MAX;
  const unknownMax = limits.unknownPerAddressMax ?? Number.POSITIVE_INFINITY;
  const stalledMsMax = limits.stalledMsMax ?? STALLED_MS_MAX;
  const keptMax = limits.keptPerOwnerMax ?? Number.POSITIVE_INFINITY;
  const unknown = new Counts();
  const kept = new Counts();
  const reading = new Map<Socket, Progress>();
  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress ?? '';
    const address = limits.networkOf?.(peer) ?? peer;
    const isProxy = limits.isProxy?.(peer) === true;
    if (!isProxy && unknown.of(address) >= unknownMax) {
      refuse(socket, unknownMax);
      return;
    }
    let leaveUnknown = isProxy ? undefined : unknown.take(address);
    let holder: { owner: string; leave: () => void } | undefined;
    admissions.set(socket, (owner) => {
      leaveUnknown?.();
      leaveUnknown = undefined;
      if (isProxy || owner === undefined || holder?.owner === owner) return true;
      holder?.leave();
      holder = undefined;
      if (kept.of(owner) >= keptMax) return false;
      holder = { owner, leave: kept.take(owner) };
      return true;
    });
    reading.set(socket, { completed: 0, queued: 0, since: performance.now() });
    socket.once('close', () => {
      admissions.delete(socket);
      leaveUnknown?.();
      holder?.leave();
      reading.delete(socket);
    });
  });
  const look = setInterval(
    () => {
      for (const [socket, progress] of reading) {
        const next = nextProgress(socket, progress);
        reading.set(socket, next);
        if (performance.now() - next.since >= stalledMsMax) socket.destroy();
      }
    },
    Math.min(STALL_LOOK_EVERY_MS, stalledMsMax / 2),
  );
  look.unref();
  return () => clearInterval(look);
}

class Counts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** @returns what gives it back; call it once. */
  take(key: string): () => void {
    this.#counts.set(key, this.of(key) + 1);
    return () => {
      const left = this.of(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }
}

function refuse(socket: Socket, max: number): void {
  refused.add(socket);
  const error = new PodexError(
    'limit_reached',
    `At most ${max} connections from one address may be open before they sign in. Close some first.`,
    { limit: 'connections_per_address', max },
  );
  socket.on('error', () => socket.destroy());
  socket.end(rawErrorResponse(error), () => socket.destroy());
}

interface Progress {
  /** Bytes of writes that were taken to their last byte. */
  completed: number;
  /** Bytes of the write under way that are still to be taken. */
  queued: number;
  /** When either moved last, or nothing waited. */
  since: number;
}

function nextProgress(socket: Socket, before: Progress): Progress {
  const completed = socket.bytesWritten - socket.writableLength;
  const queued = queuedBytes(socket);
  const isStill = socket.writableLength > 0 && completed === before.completed && queued === before.queued;
  return isStill ? before : { completed, queued, since: performance.now() };
}

/** A large write completes with its last byte; how far it is only Node’s handle knows, which has no public name. */
function queuedBytes(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return 0;
  const queued: unknown = Reflect.get(handle, 'writeQueueSize');
  return typeof queued === 'number' ? queued : 0;
}
