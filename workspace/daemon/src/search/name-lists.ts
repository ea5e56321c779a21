import path from 'node:path';
import { spellName } from '../files/file-names.ts';
import { readLines } from './line-reader.ts';
import { RipgrepProcess } from './ripgrep-process.ts';
import { ripgrepArguments, runToEnd } from './ripgrep-search.ts';
import type { SearchRequest } from './search-request.ts';
import { SkippedPlaces } from './skipped-places.ts';
import { walk } from './walk-search.ts';

const NAMES_MAX = 200_000;
const CHARACTERS_MAX = 24_000_000;
const LISTS_MAX = 4;
/** An older list is shown all the same, while the next is made. */
const FRESH_MS = 1_500;
const KEPT_MS = 60_000;
const PATH_BYTES_MAX = 8_192;
const NUL = 0x00;

export interface NameList {
  /** Below the folder that was asked for. */
  names: readonly string[];
  /** There are more. */
  isCut: boolean;
  skipped: SkippedPlaces;
}

interface KeptList {
  madeAtMs: number;
  list: Promise<NameList>;
  /** The next one, being made. */
  next: Promise<unknown> | undefined;
  timer: NodeJS.Timeout;
}

/**
 * The names of all files below a folder, kept for a minute: a person who types the name of a file asks for them with each key. One who
 * breaks off does not end the making of a list, which the next key asks for again; its own time limit does.
 */
export class NameLists {
  readonly #lists = new Map<string, KeptList>();

  async of(request: SearchRequest, ripgrep: string | undefined): Promise<NameList> {
    const { path: place, globs, timeoutMs } = request;
    const key = JSON.stringify([place, globs, ripgrep]);
    const make = () =>
      listNames(
        { ...request, skipped: new SkippedPlaces(), signal: AbortSignal.timeout(timeoutMs * 2) },
        ripgrep,
      );
    const kept = this.#lists.get(key);
    if (kept === undefined) return this.#keep(key, make());
    if (performance.now() - kept.madeAtMs > FRESH_MS) {
      kept.next ??= make()
        .then((list) => this.#keep(key, Promise.resolve(list)))
        .catch(() => this.#forget(key));
    }
    return kept.list;
  }

  #keep(key: string, list: Promise<NameList>): Promise<NameList> {
    this.#forget(key);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size >= LISTS_MAX && oldest !== undefined) this.#forget(oldest);
    const timer = setTimeout(() => this.#forget(key), KEPT_MS).unref();
    const kept = { madeAtMs: performance.now(), list, next: undefined, timer };
    this.#lists.set(key, kept);
    list.then(
      () => (kept.madeAtMs = performance.now()),
      () => this.#forget(key),
    );
    return list;
  }

  #forget(key: string): void {
    clearTimeout(this.#lists.get(key)?.timer);
    this.#lists.delete(key);
  }
}

/** @returns the names as they are now. */
export async function listNames(request: SearchRequest, ripgrep: string | undefined): Promise<NameList> {
  if (ripgrep === undefined) {
    const { names, isCut } = await gather(walk(request), request);
    return { names, isCut, skipped: request.skipped };
  }
  const args = [...ripgrepArguments(request), '--files', '--null', '--', request.path];
  using listing = new RipgrepProcess(ripgrep, args, request);
  const [{ names, isCut }] = await runToEnd(listing, request, async () => {
    try {
      const found = await gather(spelled(listing), request);
      if (found.isCut) listing.stop();
      return found;
    } catch (error) {
      if (listing.isStopped) return { names: [], isCut: true };
      throw error;
    }
  });
  return { names, isCut: isCut || listing.isStopped, skipped: request.skipped };
}

async function* spelled(listing: RipgrepProcess): AsyncGenerator<string> {
  const lines = readLines(listing.stdout, { separator: NUL, maxLineBytes: PATH_BYTES_MAX });
  for await (const bytes of lines) yield spellName(bytes);
}

async function gather(files: AsyncIterable<string>, { path: place }: SearchRequest) {
  const prefix = place.endsWith('/') ? place : `${place}/`;
  const names: string[] = [];
  let characters = 0;
  for await (const file of files) {
    const name = file.startsWith(prefix) ? file.slice(prefix.length) : path.relative(place, file);
    characters += name.length;
    if (names.length >= NAMES_MAX || characters > CHARACTERS_MAX) return { names, isCut: true };
    names.push(name);
  }
  return { names, isCut: false };
}
