import type { WatchEvent } from '@podex/contracts/file-events';
import { reconnectDelayMs } from '#lib/reconnecting-socket.ts';
import { foldersToWatch, type Shown, touchedBy } from './touched.ts';

/** A person who unfolds folders one after the other opens one watch for them. */
const FOLDERS_SETTLE_MS = 150;
/** Between two readings of what changed: the first is at once. */
const READ_EVERY_MS = 250;

export interface FollowChangesOptions {
  root: string;
  watch: (folders: readonly string[], signal: AbortSignal) => AsyncIterable<WatchEvent>;
  shown: () => Shown;
  /** Reads these again. */
  read: (touched: Shown) => Promise<unknown>;
}

interface Watch {
  folders: ReadonlySet<string>;
  abort: AbortController;
  isReady: boolean;
}

/**
 * Keeps what is shown as it is on disk: watches the folders that are shown, and reads again what changed. The next watch is ready before
 * the last one ends, so that nothing falls between them. A watch that breaks off is opened again, after growing pauses, and all is read.
 */
export class FollowChanges {
  readonly #options: FollowChangesOptions;
  #current: Watch | undefined;
  #next: Watch | undefined;
  #isRunning = false;
  #isWhole = false;
  #attempt = 0;
  #settleTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #readTimer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #touchedFolders = new Set<string>();
  #touchedFiles = new Set<string>();

  constructor(options: FollowChangesOptions) {
    this.#options = options;
  }

  /** Whether every change of what is shown is told. Otherwise others have to say when something may have changed. */
  get isLive(): boolean {
    return this.#current?.isReady === true && this.#isWhole;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#open();
  }

  stop(): void {
    this.#isRunning = false;
    for (const timer of [this.#settleTimer, this.#retryTimer, this.#readTimer]) clearTimeout(timer);
    this.#readTimer = undefined;
    this.#current?.abort.abort();
    this.#next?.abort.abort();
    this.#current = undefined;
    this.#next = undefined;
    this.#touchedFolders.clear();
    this.#touchedFiles.clear();
  }

  /** Other folders or files may be shown now. */
  shownChanged(): void {
    if (!this.#isRunning) return;
    clearTimeout(this.#settleTimer);
    this.#settleTimer = setTimeout(() => this.#openIfOther(), FOLDERS_SETTLE_MS);
  }

  #openIfOther(): void {
    const { paths } = foldersToWatch(this.#options.shown(), this.#options.root);
    const { folders } = this.#next ?? this.#current ?? { folders: new Set<string>() };
    // One too many costs less than another watch, unless there are many.
    const isCovered = paths.every((path) => folders.has(path)) && folders.size <= paths.length * 2;
    if (!isCovered) this.#open();
  }

  #open(): void {
    clearTimeout(this.#retryTimer);
    this.#next?.abort.abort();
    const { paths, isWhole } = foldersToWatch(this.#options.shown(), this.#options.root);
    const watch: Watch = { folders: new Set(paths), abort: new AbortController(), isReady: false };
    this.#next = watch;
    this.#follow(watch, paths, isWhole).then(
      () => this.#ended(watch),
      () => this.#ended(watch),
    );
  }

  async #follow(watch: Watch, paths: readonly string[], isWhole: boolean): Promise<void> {
    for await (const event of this.#options.watch(paths, watch.abort.signal)) {
      if (watch.abort.signal.aborted) return;
      if (event.type === 'ready') this.#ready(watch, isWhole && event.not_watched.length === 0);
      else if (event.type === 'changes') this.#touch(touchedBy(event.changes, this.#options.shown()));
      else if (event.type === 'overflow') this.#touch(this.#options.shown());
    }
  }

  /** What came to be shown since the last watch may have changed before this one. */
  #ready(watch: Watch, isWhole: boolean): void {
    const before = this.#current;
    const { folders, files } = this.#options.shown();
    watch.isReady = true;
    this.#current = watch;
    this.#next = undefined;
    this.#isWhole = isWhole;
    this.#attempt = 0;
    before?.abort.abort();
    const isNew = (folder: string) => before === undefined || !before.folders.has(folder);
    this.#touch({ folders: folders.filter(isNew), files: before === undefined ? files : [] });
  }

  #ended(watch: Watch): void {
    if (watch.abort.signal.aborted || !this.#isRunning) return;
    if (this.#current === watch) this.#current = undefined;
    if (this.#next === watch) this.#next = undefined;
    if (this.#next !== undefined) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(), reconnectDelayMs(this.#attempt, Math.random()));
    this.#attempt += 1;
  }

  #touch({ folders, files }: Shown): void {
    for (const folder of folders) this.#touchedFolders.add(folder);
    for (const file of files) this.#touchedFiles.add(file);
    if (this.#readTimer === undefined && !this.#isReading) this.#read();
  }

  #read(): void {
    const touched = { folders: [...this.#touchedFolders], files: [...this.#touchedFiles] };
    if (touched.folders.length + touched.files.length === 0) return;
    this.#touchedFolders.clear();
    this.#touchedFiles.clear();
    this.#isReading = true;
    const done = () => {
      this.#isReading = false;
      if (!this.#isRunning) return;
      this.#readTimer = setTimeout(() => {
        this.#readTimer = undefined;
        this.#read();
      }, READ_EVERY_MS);
    };
    // What can’t be read shows why where it stands.
    this.#options.read(touched).then(done, done);
  }
}
