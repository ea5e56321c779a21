import type { Stats } from 'node:fs';

/**
 * Files changed so shortly before they were read may change again within the same tick of the clock. Coarser than any filesystem’s
 * clock of a workspace.
 */
const UNSETTLED_MS = 50;

export interface CachedFile {
  size: number;
  modifiedMs: number;
  changedMs: number;
  pieces: readonly string[];
  /** Whether what it is told by cannot be said of another content any more. */
  isSettled: boolean;
}

/**
 * What files held when they were read, by path. Size, modification and change time tell whether it is still so: no program can set
 * the last back. Not the inode, which under gVisor is another with every start of the container.
 */
export class StatCache {
  readonly #files = new Map<string, CachedFile>();

  get size(): number {
    return this.#files.size;
  }

  /** Undefined when the file may have changed since. */
  find(path: string, stats: Stats): CachedFile | undefined {
    const cached = this.#files.get(path);
    return cached?.isSettled && isAsRead(cached, stats) ? cached : undefined;
  }

  get(path: string): CachedFile | undefined {
    return this.#files.get(path);
  }

  set(path: string, cached: CachedFile): void {
    this.#files.set(path, cached);
  }

  /** Of content that was read at `readAtMs`, between two looks that saw these stats. */
  add(path: string, stats: Stats, pieces: readonly string[], readAtMs: number): void {
    this.#files.set(path, {
      size: stats.size,
      modifiedMs: stats.mtimeMs,
      changedMs: stats.ctimeMs,
      pieces,
      isSettled: Math.max(stats.ctimeMs, stats.mtimeMs) < readAtMs - UNSETTLED_MS,
    });
  }

  toText(): string {
    const rows = Array.from(this.#files, ([path, file]) => {
      return [path, file.size, file.modifiedMs, file.changedMs, file.isSettled, ...file.pieces];
    });
    return JSON.stringify(rows);
  }

  /** @throws for what `toText` has not written. */
  static parse(text: string): StatCache {
    const cache = new StatCache();
    const rows = JSON.parse(text) as [string, number, number, number, boolean, ...string[]][];
    for (const [path, size, modifiedMs, changedMs, isSettled, ...pieces] of rows) {
      cache.set(path, { size, modifiedMs, changedMs, isSettled, pieces });
    }
    return cache;
  }
}

export function isAsRead(cached: CachedFile, stats: Stats): boolean {
  return (
    cached.size === stats.size && cached.modifiedMs === stats.mtimeMs && cached.changedMs === stats.ctimeMs
  );
}
