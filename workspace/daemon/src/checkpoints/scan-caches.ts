import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { StatCache } from './stat-cache.ts';

/** Folders whose files are remembered. */
const CACHES_MAX = 4;
const CACHE_BYTES_MAX = 128 * 1024 * 1024;
const SAVE_AFTER_MS = 500;

/** What the files of each folder held at the last look: in memory, and for the next start of this process in files. */
export class ScanCaches {
  readonly #folder: string;
  readonly #caches = new Map<string, StatCache>();
  /** Those that are about to be saved. */
  readonly #waiting = new Set<string>();

  constructor(folder: string) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  get(key: string): StatCache {
    const cache = this.#caches.get(key) ?? this.#read(key);
    this.#caches.delete(key);
    this.#caches.set(key, cache);
    for (const oldest of this.#caches.keys()) {
      if (this.#caches.size <= CACHES_MAX) break;
      this.#caches.delete(oldest);
      fs.rmSync(this.#fileOf(oldest), { force: true });
    }
    return cache;
  }

  set(key: string, cache: StatCache): void {
    this.#caches.set(key, cache);
  }

  /**
   * Soon, so that nobody waits for it; not durably, and not if there is no room or the process ends before: without it files are read
   * once more.
   */
  saveSoon(key: string): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    setTimeout(() => {
      this.#waiting.delete(key);
      if (this.#caches.has(key)) this.#save(key);
    }, SAVE_AFTER_MS).unref();
  }

  #save(key: string): void {
    const file = this.#fileOf(key);
    try {
      fs.writeFileSync(`${file}.new`, this.#caches.get(key)?.toText() ?? '[]', { mode: 0o600 });
      fs.renameSync(`${file}.new`, file);
    } catch {
      fs.rmSync(`${file}.new`, { force: true });
    }
  }

  #read(key: string): StatCache {
    try {
      const file = this.#fileOf(key);
      if (fs.statSync(file).size > CACHE_BYTES_MAX) return new StatCache();
      return StatCache.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      // None, or torn by a crash.
      return new StatCache();
    }
  }

  #fileOf(key: string): string {
    return `${this.#folder}/${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`;
  }
}
