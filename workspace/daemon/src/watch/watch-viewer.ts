import path from 'node:path';
import { type FileChange, WATCH_FOLDERS_MAX, type WatchEvent } from '@podex/contracts/file-events';
import { readFolder, stat } from '../files/disk.ts';
import { statIfThere } from '../files/file-entries.ts';
import { listKernelNames } from '../files/kernel-files.ts';
import type { SeenChange } from './change-batches.ts';
import type { FolderWatches } from './folder-watches.ts';

/** To watch one folder holds up the thread for a quarter of a millisecond. */
const FOLDERS_AT_ONCE = 16;
const DANGLING = 'It is a link that leads to nothing this user can reach.';

export interface WatchViewerOptions {
  watches: FolderWatches;
  paths: readonly string[];
  isRecursive: boolean;
  ignored: ReadonlySet<string>;
  send: (event: WatchEvent) => void;
}

/** One who follows some folders, and with `isRecursive` what is below them. */
export class WatchViewer {
  readonly #options: WatchViewerOptions;
  readonly #folders = new Set<string>();
  readonly #notWatched: { path: string; reason: string }[] = [];
  #isComplete = true;
  #isClosed = false;

  constructor(options: WatchViewerOptions) {
    this.#options = options;
  }

  /** Tells `ready` once all are watched. */
  async open(): Promise<void> {
    const { paths, send } = this.#options;
    await this.#watch(paths, true);
    if (this.#isClosed) return;
    send({ type: 'ready', folders: this.#folders.size, not_watched: this.#notWatched });
    if (!this.#isComplete) send({ type: 'incomplete', max_folders: WATCH_FOLDERS_MAX });
  }

  async take(seen: readonly SeenChange[]): Promise<void> {
    const mine = seen.filter((change) => this.#isMine(change.path));
    if (mine.length === 0) return;
    const changes: FileChange[] = mine.map(({ path: file, kind }) => ({ path: file, kind }));
    this.#options.send({ type: 'changes', changes });
    if (this.#options.isRecursive) await this.#follow(mine);
  }

  overflow(): void {
    this.#options.send({ type: 'overflow' });
  }

  close(): void {
    this.#isClosed = true;
    for (const folder of this.#folders) this.#options.watches.remove(folder);
    this.#folders.clear();
  }

  #isMine(file: string): boolean {
    return this.#folders.has(path.dirname(file)) || this.#folders.has(file);
  }

  async #follow(changes: readonly SeenChange[]): Promise<void> {
    const wasComplete = this.#isComplete;
    for (const change of changes) {
      if (this.#isToFollow(change)) await this.#followAnew(change.path);
      if (change.kind === 'deleted' && !this.#options.paths.includes(change.path))
        this.#leaveBelow(change.path);
    }
    if (wasComplete && !this.#isComplete)
      this.#options.send({ type: 'incomplete', max_folders: WATCH_FOLDERS_MAX });
  }

  #isToFollow({ path: file, kind, isFolder }: SeenChange): boolean {
    const { paths, ignored } = this.#options;
    return kind === 'created' && isFolder && (paths.includes(file) || !ignored.has(path.basename(file)));
  }

  /** A named folder is followed before it is there; what is in it is not. */
  async #followAnew(folder: string): Promise<void> {
    const isKnown = this.#folders.has(folder);
    await this.#watch(isKnown ? await this.#foldersIn(folder, 0) : [folder], false);
  }

  #leaveBelow(place: string): void {
    for (const folder of this.#folders)
      if (folder === place || folder.startsWith(`${place}/`)) this.#leave(folder);
  }

  #leave(folder: string): void {
    this.#folders.delete(folder);
    this.#options.watches.remove(folder);
  }

  /** The nearest first, so that what is left out is far below. */
  async #watch(paths: readonly string[], isNamed: boolean): Promise<void> {
    const queue = [...paths];
    for (let count = 0, folder = queue.shift(); folder !== undefined; count += 1, folder = queue.shift()) {
      if (count % FOLDERS_AT_ONCE === 0) await new Promise(setImmediate);
      if (this.#isClosed) return;
      const isOfPaths = isNamed && count < paths.length;
      const reason = isOfPaths ? await noFolder(folder) : undefined;
      if (reason !== undefined) {
        this.#notWatched.push({ path: folder, reason });
        continue;
      }
      if (!this.#add(folder, isOfPaths)) continue;
      if (this.#options.isRecursive) queue.push(...(await this.#foldersIn(folder, queue.length)));
    }
  }

  #add(folder: string, isNamed: boolean): boolean {
    if (this.#isClosed || this.#folders.has(folder)) return false;
    if (this.#folders.size >= WATCH_FOLDERS_MAX) {
      this.#isComplete = false;
      return false;
    }
    const reason = this.#options.watches.add(folder);
    if (reason === undefined) this.#folders.add(folder);
    else if (isNamed) this.#notWatched.push({ path: folder, reason });
    return reason === undefined;
  }

  async #foldersIn(folder: string, waiting: number): Promise<string[]> {
    const found: string[] = [];
    const { ignored, paths } = this.#options;
    // Links are not followed, so that no other folder holds any.
    const ofKernel = paths.includes(folder) ? await listKernelNames(folder) : [];
    try {
      for await (const { name, entry } of readFolder(folder)) {
        if (!entry.isDirectory() || ignored.has(name) || ofKernel.includes(name)) continue;
        if (this.#folders.size + waiting + found.length >= WATCH_FOLDERS_MAX) {
          this.#isComplete = false;
          break;
        }
        found.push(path.join(folder, name));
      }
    } catch {
      // It is gone, or may not be read: there is nothing below it to follow.
    }
    return found;
  }
}

/** Why what is under this name can never be watched; undefined for a folder, and for nothing. */
async function noFolder(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).isDirectory() ? undefined : 'It is not a folder.';
  } catch {
    // Where the name is taken all the same, it is a link; nothing tells when what it leads to comes to be.
    return (await statIfThere(file).catch(() => undefined)) && DANGLING;
  }
}
