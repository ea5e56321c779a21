import { PodexError } from '@podex/contracts/errors';
import { WATCHES_MAX, type WatchEvent } from '@podex/contracts/file-events';
import { ChangeBatches } from './change-batches.ts';
import { FolderWatches } from './folder-watches.ts';
import { WatchViewer } from './watch-viewer.ts';

export interface WatchOptions {
  paths: readonly string[];
  isRecursive: boolean;
  ignored: ReadonlySet<string>;
  send: (event: WatchEvent) => void;
}

/** What changes in the folders that somebody follows. Costs nothing while nobody does. */
export class FileWatch {
  readonly #viewers = new Set<WatchViewer>();
  readonly #watches: FolderWatches;
  readonly #batches: ChangeBatches;

  constructor() {
    this.#batches = new ChangeBatches({
      onChanges: async (changes) => {
        this.#watches.reopen(
          new Set(changes.flatMap(({ path, kind }) => (kind === 'changed' ? [] : [path]))),
        );
        await Promise.all([...this.#viewers].map((viewer) => viewer.take(changes)));
      },
      onOverflow: () => {
        this.#watches.reopenAll();
        for (const viewer of this.#viewers) viewer.overflow();
      },
    });
    this.#watches = new FolderWatches((event) => this.#batches.note(event));
  }

  /** Folders that are watched now. */
  get size(): number {
    return this.#watches.size;
  }

  /** Follows until the signal. @throws PodexError limit_reached. */
  async follow(options: WatchOptions, signal: AbortSignal): Promise<void> {
    if (this.#viewers.size >= WATCHES_MAX) {
      const message = `At most ${WATCHES_MAX} can watch the files of a workspace at once. Close one of its pages.`;
      throw new PodexError('limit_reached', message, { limit: 'watches', max: WATCHES_MAX });
    }
    const viewer = new WatchViewer({ ...options, watches: this.#watches });
    this.#viewers.add(viewer);
    try {
      await viewer.open();
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    } finally {
      this.#viewers.delete(viewer);
      viewer.close();
    }
  }
}
