import { SEARCH_SKIPPED_MAX, type SearchResult } from '@podex/contracts/files';

const ENOENT = 2;
const MAY_NOT_READ = new Set([1, 13]);

/** What a search could not look into, with the reason; the first of them by name, all of them by number. */
export class SkippedPlaces {
  readonly #places: SearchResult['skipped'] = [];
  #count = 0;

  add(path: string, reason: string): void {
    this.#count += 1;
    if (this.#places.length < SEARCH_SKIPPED_MAX) this.#places.push({ path, reason });
  }

  /** What the operating system refused. What is gone meanwhile is not there to be searched. */
  addRefused(path: string, errno: number, said: string): void {
    if (errno === ENOENT) return;
    this.add(
      path,
      MAY_NOT_READ.has(errno) ? 'The workspace’s user may not read it.' : `It cannot be read: ${said}.`,
    );
  }

  /** @throws what is no error of the operating system. */
  addError(path: string, error: unknown): void {
    if (!(error instanceof Error && 'errno' in error && typeof error.errno === 'number')) throw error;
    const code = 'code' in error ? String(error.code) : error.message;
    this.addRefused(path, Math.abs(error.errno), code);
  }

  /** What another search of the same place skipped. */
  takeOver({ result: { skipped, skipped_count: count } }: SkippedPlaces): void {
    for (const { path, reason } of skipped) this.add(path, reason);
    this.#count += count - skipped.length;
  }

  get result(): Pick<SearchResult, 'skipped' | 'skipped_count'> {
    return { skipped: this.#places, skipped_count: this.#count };
  }
}
