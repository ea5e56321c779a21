import path from 'node:path';
import { type FileChange, WATCH_CHANGES_MAX } from '@podex/contracts/file-events';
import { lstat } from '../files/disk.ts';
import type { FolderEvent } from './folder-watches.ts';

const BATCH_MS = 100;
/** From an overflow to what is told next: under a storm of changes, everyone reads again once a second. */
const OVERFLOW_MS = 1_000;
/** libuv says nothing when inotify’s own queue (16,384 events on Linux) ran over, but then it reads a full queue in one go. */
const BURST_EVENTS_MAX = 8_192;
const LOOKS_AT_ONCE = 16;

export interface SeenChange extends FileChange {
  isFolder: boolean;
}

export interface ChangeBatchesOptions {
  onChanges: (changes: readonly SeenChange[]) => void;
  onOverflow: () => void;
}

/**
 * Gathers what happens for a tenth of a second and tells the latest fact of each path. Holds a bounded number of paths: when there are
 * more, all are dropped, and that is told.
 */
export class ChangeBatches {
  readonly #options: ChangeBatchesOptions;
  /** By path; whether its name changed. */
  #pending = new Map<string, FolderEvent>();
  #timer: NodeJS.Timeout | undefined;
  #isTelling = false;
  #hasOverflowed = false;
  #burst = 0;

  constructor(options: ChangeBatchesOptions) {
    this.#options = options;
  }

  note(event: FolderEvent): void {
    if (this.#burst === 0) setImmediate(() => (this.#burst = 0));
    this.#burst += 1;
    if (event.name === undefined || this.#burst > BURST_EVENTS_MAX) this.#overflow();
    else this.#gather(event, path.join(event.folder, event.name));
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#pending.clear();
  }

  #gather(event: FolderEvent, file: string): void {
    if (this.#hasOverflowed) return;
    const isNameChange = event.isNameChange || this.#pending.get(file)?.isNameChange === true;
    this.#pending.set(file, { ...event, isNameChange });
    if (this.#pending.size > WATCH_CHANGES_MAX) this.#overflow();
  }

  #overflow(): void {
    this.#hasOverflowed = true;
    this.#pending.clear();
  }

  #schedule(): void {
    if (this.#isTelling) return;
    this.#timer ??= setTimeout(() => this.#tell(), this.#hasOverflowed ? OVERFLOW_MS : BATCH_MS);
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    const batch = this.#pending;
    const hasOverflowed = this.#hasOverflowed;
    this.#pending = new Map();
    this.#hasOverflowed = false;
    try {
      if (hasOverflowed) this.#options.onOverflow();
      else this.#options.onChanges(await lookAt(batch));
    } finally {
      this.#isTelling = false;
      this.#timer = undefined;
      if (this.#pending.size > 0 || this.#hasOverflowed) this.#schedule();
    }
  }
}

async function lookAt(batch: ReadonlyMap<string, FolderEvent>): Promise<SeenChange[]> {
  const changes = new Map<string, SeenChange>();
  const left = [...batch];
  const look = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      for (const change of await changesOf(...next)) changes.set(change.path, change);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, left.length) }, look));
  return [...changes.values()];
}

async function changesOf(file: string, { folder, name, isNameChange }: FolderEvent): Promise<SeenChange[]> {
  const isOfItself = name === path.basename(folder);
  if (!isNameChange && !isOfItself) return [{ path: file, kind: 'changed', isFolder: false }];
  const now = await presentChange(file);
  if (!isOfItself || now.kind === 'created') {
    return [isNameChange ? now : { ...now, kind: 'changed' }];
  }
  // What happens to the watched folder itself comes under its own name as well.
  return [isNameChange ? await presentChange(folder) : { path: folder, kind: 'changed', isFolder: true }];
}

async function presentChange(file: string): Promise<SeenChange> {
  try {
    return { path: file, kind: 'created', isFolder: (await lstat(file)).isDirectory() };
  } catch {
    // Gone, or out of reach; reading it says which.
    return { path: file, kind: 'deleted', isFolder: false };
  }
}
