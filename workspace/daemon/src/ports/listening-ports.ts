import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ListeningPort, ListeningPorts } from '@podex/contracts/previews';
import type { SocketOwners } from './socket-owners.ts';
import { type ListeningSocket, parseSocketTable } from './socket-table.ts';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
/** Between two looks while somebody waits for a change, however many wait. */
const LOOK_EVERY_MS = 1_000;
const PORTS_MAX = 1_024;

export interface PortWait {
  /** The revision that is known already. */
  after: string | undefined;
  waitMs: number;
  signal: AbortSignal;
}

/**
 * What listens in the workspace. Nothing is looked at while nobody asks; while somebody waits, two small files of the kernel are read each
 * second (half a millisecond under gVisor), and processes only when a socket is new.
 */
export class ListeningPortsWatch {
  readonly #owners: SocketOwners;
  #last: { at: number; ports: Promise<ListeningPorts> } | undefined;

  constructor(owners: SocketOwners) {
    this.#owners = owners;
  }

  /** Responds at once, or once it is another list than `after` says; after the wait with what is true then. */
  async read({ after, waitMs, signal }: PortWait): Promise<ListeningPorts> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const seen = await this.#look();
      const remainingMs = deadline - performance.now();
      if (seen.revision !== after || remainingMs <= 0 || signal.aborted) return seen;
      await pause(Math.min(LOOK_EVERY_MS, remainingMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Shared by all who ask within the time between two looks. */
  #look(): Promise<ListeningPorts> {
    const now = performance.now();
    if (this.#last === undefined || now - this.#last.at >= LOOK_EVERY_MS / 2) {
      this.#last = { at: now, ports: this.#scan() };
    }
    return this.#last.ports;
  }

  async #scan(): Promise<ListeningPorts> {
    const tables = await Promise.all(TABLES.map((file) => readFile(file, 'latin1').catch(() => '')));
    const sockets = tables.flatMap(parseSocketTable);
    const names = await this.#owners.find(sockets.map(({ inode }) => inode));
    const ports = [...namesByPort(sockets, names)]
      .map(([port, process]): ListeningPort => ({ port, process }))
      .sort((left, right) => left.port - right.port)
      .slice(0, PORTS_MAX);
    return { revision: revisionOf(sockets), ports };
  }
}

function namesByPort(
  sockets: readonly ListeningSocket[],
  names: ReadonlyMap<string, string | null>,
): Map<number, string | null> {
  const ports = new Map<number, string | null>();
  for (const { port, inode } of sockets) ports.set(port, ports.get(port) ?? names.get(inode) ?? null);
  return ports;
}

/** Of the sockets, not of their names: a port that another process has taken is a change. */
function revisionOf(sockets: readonly ListeningSocket[]): string {
  const text = sockets.map(({ port, inode }) => `${port}/${inode}`).sort();
  return createHash('sha256').update(text.join(' ')).digest('base64url').slice(0, 22);
}
