import type { ReplacePreview } from '@podex/contracts/replacing';
import { messageOf } from '#lib/api-client.ts';
import { FILES_AT_ONCE, type ReplaceQuery } from '../api/replace.ts';

export type FilePreview = ReplacePreview['files'][number];

export interface ReplacePreviewsSnapshot {
  isLoading: boolean;
  byPath: ReadonlyMap<string, FilePreview>;
  /** Of all that are loaded. */
  changes: number;
  /** Files with changes that can be made. */
  files: number;
  error: string | null;
}

export type LoadPreview = (
  query: ReplaceQuery,
  files: { paths: string[]; signal: AbortSignal },
) => Promise<ReplacePreview>;

const NOTHING: ReplacePreviewsSnapshot = {
  isLoading: false,
  byPath: new Map(),
  changes: 0,
  files: 0,
  error: null,
};

/** What replacing would do to the files that a search has found, asked for some files at a time. */
export class ReplacePreviews {
  readonly #load: LoadPreview;
  readonly #listeners = new Set<() => void>();
  #snapshot = NOTHING;
  #abort = new AbortController();

  constructor(load: LoadPreview) {
    this.#load = load;
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ReplacePreviewsSnapshot => this.#snapshot;

  /** What was loaded before stays until the first of this has come. */
  async run(query: ReplaceQuery, paths: readonly string[]): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#set({ ...this.#snapshot, isLoading: true, error: null });
    const loaded = new Map<string, FilePreview>();
    try {
      for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
        const part = { paths: paths.slice(at, at + FILES_AT_ONCE), signal: abort.signal };
        for (const file of (await this.#load(query, part)).files) loaded.set(file.path, file);
        if (abort.signal.aborted) return;
        this.#set({ ...summaryOf(loaded), isLoading: true, error: null });
      }
      this.#set({ ...summaryOf(loaded), isLoading: false, error: null });
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#set({ ...summaryOf(loaded), isLoading: false, error: messageOf(error) });
    }
  }

  clear(): void {
    this.#abort.abort();
    this.#set(NOTHING);
  }

  #set(snapshot: ReplacePreviewsSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }
}

function summaryOf(
  loaded: ReadonlyMap<string, FilePreview>,
): Pick<ReplacePreviewsSnapshot, 'byPath' | 'changes' | 'files'> {
  const counts = [...loaded.values()].map(({ count }) => count).filter((count) => count > 0);
  return {
    byPath: new Map(loaded),
    changes: counts.reduce((sum, count) => sum + count, 0),
    files: counts.length,
  };
}
