import type { FSWatcher } from 'node:fs';
import path from 'node:path';
import { shownPath } from '@podex/contracts/file-names';
import { isThere, watchFolder } from '../files/disk.ts';
import { spellName } from '../files/file-names.ts';

/**
 * Tried inside gVisor, with changes by other processes: an event comes 0.4 ms (p50) after the change; a watch of one folder costs 0.27 ms
 * and 2.6 KB, so that 10,000 take 2.7 s; to walk through 10,000 folders, which is needed to watch them all, takes 15 s. Node’s own recursive
 * watch does both at once without giving up its thread, and watches every file besides: 4 s and 200 MB. gVisor has no limit of watches
 * (no `/proc/sys/fs/inotify`), so these are ours. Therefore people’s pages watch the folders that they show, one by one, and
 * nothing below them.
 */
const FOLDERS_MAX = 4_096;
/** Of one folder that comes and goes while a watch of it is opened; after them, what comes next in the folder that is watched tells of it. */
const LOOKS_MAX = 16;

export interface FolderEvent {
  folder: string;
  /** Undefined when the system did not say. */
  name: string | undefined;
  /** A name came, went or was given to something else; otherwise what is under it changed. */
  isNameChange: boolean;
}

interface WatchedFolder extends OpenWatch {
  users: number;
}

interface OpenWatch {
  /** Of the folder; while it is not there, of the nearest above it that is. */
  watcher: FSWatcher;
  isThere: boolean;
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
    const opened = this.#open(folder);
    if (typeof opened === 'string') return opened;
    this.#folders.set(folder, { ...opened, users: 1 });
    return undefined;
  }

  remove(folder: string): void {
    const known = this.#folders.get(folder);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users > 0) return;
    known.watcher.close();
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
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** A folder that has come to be meanwhile is told of once it is watched, so that who reads it then misses nothing. */
  #openAgain(folder: string, watched: WatchedFolder): void {
    watched.watcher.close();
    const opened = this.#open(folder);
    // It is there and out of reach: the watch that is closed tells nothing more, until its name stands for something else again.
    if (typeof opened === 'string') return;
    const hasCome = opened.isThere && !watched.isThere;
    Object.assign(watched, opened);
    if (hasCome)
      this.#onEvent({ folder: path.dirname(folder), name: path.basename(folder), isNameChange: true });
  }

  /** Why it can’t be watched, if so. */
  #open(folder: string): OpenWatch | string {
    const watcher = this.#watch(folder);
    if (watcher === 'ENOENT') return this.#openAbove(folder);
    return typeof watcher === 'string' ? problemOf(watcher) : { watcher, isThere: true };
  }

  #openAbove(folder: string, looks = 0): OpenWatch | string {
    const { place, watcher } = this.#watchNearest(folder);
    if (typeof watcher === 'string')
      return `It is not there, and nor can ${shownPath(place)} be watched for it: ${problemOf(watcher)}`;
    // What is next may have come before what is above it was watched.
    if (looks === LOOKS_MAX || !isThere(childTowards(folder, place))) return { watcher, isThere: false };
    watcher.close();
    const own = this.#watch(folder);
    return typeof own === 'string' ? this.#openAbove(folder, looks + 1) : { watcher: own, isThere: true };
  }

  /** Of the folders above it, the nearest that is there. */
  #watchNearest(folder: string): { place: string; watcher: FSWatcher | string } {
    let place = folder;
    let watcher: FSWatcher | string = 'ENOENT';
    while (watcher === 'ENOENT' && place !== '/') {
      place = path.dirname(place);
      watcher = this.#await(folder, place);
    }
    return { place, watcher };
  }

  #watch(folder: string): FSWatcher | string {
    return openWatch(folder, (name, isNameChange) => this.#onEvent({ folder, name, isNameChange }));
  }

  /** Tells only of what leads to the folder, and of what becomes of the place itself. */
  #await(folder: string, place: string): FSWatcher | string {
    const told = [path.basename(childTowards(folder, place)), path.basename(place), undefined];
    return openWatch(place, (name, isNameChange) => {
      if (isNameChange && told.includes(name)) this.#onEvent({ folder: place, name, isNameChange });
    });
  }
}

/** The error’s code where it can’t be opened. */
function openWatch(
  folder: string,
  onEvent: (name: string | undefined, isNameChange: boolean) => void,
): FSWatcher | string {
  try {
    const watcher = watchFolder(folder, (type, name) =>
      onEvent(name === null ? undefined : spellName(name), type === 'rename'),
    );
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** Of the folders from `place` down to `folder`, the first. */
function childTowards(folder: string, place: string): string {
  const [name = ''] = path.relative(place, folder).split('/');
  return path.join(place, name);
}

function problemOf(code: string): string {
  return PROBLEMS[code] ?? `It can’t be watched: ${code}.`;
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
