import type { FSWatcher } from 'node:fs';
import { watchFolder } from '../files/disk.ts';
import { spellName } from '../files/file-names.ts';

/**
 * Tried inside gVisor, with changes by other processes: an event comes 0.4 ms (p50) after the change; a watch of one folder costs 0.27 ms
 * and 2.6 KB, so that 10,000 take 2.7 s; to walk through 10,000 folders, which is needed to watch them all, takes 15 s. Node’s own recursive
 * watch does both at once without giving up its thread, and watches every file besides: 4 s and 200 MB. gVisor has no limit of watches
 * (no `/proc/sys/fs/inotify`), so these are ours. Therefore people’s pages watch the folders that they show, one by one, and
 * nothing below them.
 */
const FOLDERS_MAX = 4_096;

export interface FolderEvent {
  folder: string;
  /** Undefined when the system did not say. */
  name: string | undefined;
  /** A name came, went or was given to something else; otherwise what is under it changed. */
  isNameChange: boolean;
}

interface WatchedFolder {
  /** Undefined while it is not there. */
  watcher: FSWatcher | undefined;
  users: number;
}

/** One watch of each folder, however many follow it. */
export class FolderWatches {
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #onEvent: (event: FolderEvent) => void;

  constructor(onEvent: (event: FolderEvent) => void) {
    this.#onEvent = onEvent;
  }

  get size(): number {
    return this.#folders.size;
  }

  /** Each call is to be followed by one of `remove`, unless it returns why it can’t be watched. One that is missing is watched once it is there. */
  add(folder: string): string | undefined {
    const known = this.#folders.get(folder);
    if (known !== undefined) {
      known.users += 1;
      return undefined;
    }
    if (this.#folders.size >= FOLDERS_MAX) return `Too many folders are watched already (${FOLDERS_MAX}).`;
    const { watcher, problem } = this.#open(folder);
    if (problem === undefined) this.#folders.set(folder, { watcher, users: 1 });
    return problem;
  }

  remove(folder: string): void {
    const known = this.#folders.get(folder);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users > 0) return;
    known.watcher?.close();
    this.#folders.delete(folder);
  }

  /** These names stand for something else now, and a watch stays with what it was opened for: those at or below them are opened again. */
  reopen(paths: ReadonlySet<string>): void {
    for (const [folder, watched] of this.#folders)
      if (isAtOrBelow(folder, paths)) this.#openAgain(folder, watched);
  }

  /** Nobody knows which names stand for something else now. */
  reopenAll(): void {
    for (const [folder, watched] of this.#folders) this.#openAgain(folder, watched);
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher?.close();
    this.#folders.clear();
  }

  #openAgain(folder: string, watched: WatchedFolder): void {
    watched.watcher?.close();
    watched.watcher = this.#open(folder).watcher;
  }

  #open(folder: string): { watcher?: FSWatcher | undefined; problem?: string } {
    try {
      const watcher = watchFolder(folder, (type, name) =>
        this.#onEvent({
          folder,
          name: name === null ? undefined : spellName(name),
          isNameChange: type === 'rename',
        }),
      );
      watcher.on('error', () => watcher.close());
      return { watcher };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return code === 'ENOENT' ? {} : { problem: PROBLEMS[code] ?? `It can’t be watched: ${code}.` };
    }
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'The workspace’s user may not read it.',
  ENOSPC: 'The system watches as many folders as it can.',
  EMFILE: 'The system watches as many folders as it can.',
};

/** Whether the path, or a folder above it, is one of these. */
function isAtOrBelow(path: string, roots: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (roots.has(path.slice(0, end))) return true;
  }
  return roots.has('/');
}
