import type { SearchEvent, SearchMatch } from '@podex/contracts/files';
import { messageOf } from '#lib/api-client.ts';
import { type ContentQuery, errorOf } from '../api/search.ts';

export interface FileMatches {
  path: string;
  matches: readonly SearchMatch[];
}

export interface ContentSearchSnapshot {
  status: 'idle' | 'searching' | 'done' | 'stopped' | 'failed';
  files: readonly FileMatches[];
  count: number;
  /** There may be more. */
  isCut: boolean;
  skipped: readonly { path: string; reason: string }[];
  skippedCount: number;
  error: string | null;
}

const NOTHING: ContentSearchSnapshot = {
  status: 'idle',
  files: [],
  count: 0,
  isCut: false,
  skipped: [],
  skippedCount: 0,
  error: null,
};

/** The first matches are shown at once, the others in steps. */
const SHOW_EVERY_MS = 80;

export type SearchContents = (query: ContentQuery, signal: AbortSignal) => AsyncIterable<SearchEvent>;

/** One search at a time; what the last one found stays until the next has found something. */
export class ContentSearch {
  readonly #search: SearchContents;
  readonly #listeners = new Set<() => void>();
  #snapshot = NOTHING;
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(search: SearchContents) {
    this.#search = search;
  }

  onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): ContentSearchSnapshot => this.#snapshot;

  async run(query: ContentQuery): Promise<void> {
    this.#end();
    if (query.text === '') {
      this.#set(NOTHING);
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#set({ ...this.#snapshot, status: 'searching', error: null });
    const found = new Found();
    try {
      for await (const event of this.#search(query, abort.signal)) {
        if (abort.signal.aborted) return;
        if (event.type === 'error') throw errorOf(event);
        if (event.type === 'end') this.#finish(found, event);
        else this.#show(found, event.match);
      }
      // Without its end it was cut off.
      if (this.#snapshot.status === 'searching') throw new Error('The connection was lost. Search again.');
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#end();
      this.#set({ ...NOTHING, ...found.snapshot(), status: 'failed', error: messageOf(error) });
    }
  }

  /** What was found so far stays. */
  stop(): void {
    if (this.#snapshot.status !== 'searching') return;
    this.#end();
    this.#set({ ...this.#snapshot, status: 'stopped' });
  }

  #end(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #show(found: Found, match: SearchMatch): void {
    found.add(match);
    const show = () => this.#set({ ...NOTHING, ...found.snapshot(), status: 'searching' });
    if (found.count === 1) show();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      show();
    }, SHOW_EVERY_MS);
  }

  #finish(found: Found, end: Extract<SearchEvent, { type: 'end' }>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { truncated: isCut, skipped, skipped_count: skippedCount } = end;
    this.#set({ ...found.snapshot(), status: 'done', isCut, skipped, skippedCount, error: null });
  }

  #set(snapshot: ContentSearchSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Matches by file, the files in the order in which they were found. */
class Found {
  readonly #byPath = new Map<string, SearchMatch[]>();
  count = 0;

  add(match: SearchMatch): void {
    this.count += 1;
    const known = this.#byPath.get(match.path);
    if (known === undefined) this.#byPath.set(match.path, [match]);
    else known.push(match);
  }

  snapshot(): Pick<ContentSearchSnapshot, 'files' | 'count'> {
    const files = [...this.#byPath].map(([path, matches]) => ({ path, matches: [...matches] }));
    return { files, count: this.count };
  }
}
