import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { FuzzyPattern } from './fuzzy-score.ts';
import { GuardedPattern } from './guarded-pattern.ts';
import type { NameList } from './name-lists.ts';
import type { SearchOutcome, SearchRequest } from './search-request.ts';

/** Between them other requests have their turn. */
const NAMES_AT_ONCE = 4_096;

interface RankedName {
  name: string;
  score: number;
}

/** Finds names in a list: by a pattern in the order of the list, or by letters in their order, the best first. */
export async function searchNames(request: SearchRequest, list: NameList): Promise<SearchOutcome> {
  request.skipped.takeOver(list.skipped);
  const { names, isMore } = request.isRegex
    ? await matchingNames(request, list.names)
    : await bestNames(request, list.names);
  for (const name of names) {
    request.signal.throwIfAborted();
    // The place may be a file, whose name is empty below itself.
    await request.onMatch({ path: name === '' ? request.path : path.join(request.path, name) });
  }
  return { truncated: isMore || list.isCut };
}

async function matchingNames(request: SearchRequest, all: readonly string[]) {
  const pattern = new GuardedPattern(request);
  const names: string[] = [];
  for await (const some of slices(all, request.signal)) {
    const found = pattern.test(some.map((name) => name || path.basename(request.path)));
    if (found === undefined) throw tooSlow();
    for (const index of found) {
      if (names.length === request.limit) return { names, isMore: true };
      names.push(some[index] ?? '');
    }
  }
  return { names, isMore: false };
}

async function bestNames(
  { text, isCaseSensitive, limit, signal, path: place }: SearchRequest,
  all: readonly string[],
) {
  const pattern = new FuzzyPattern(text, { isCaseSensitive });
  let best: RankedName[] = [];
  let isMore = false;
  for await (const some of slices(all, signal)) {
    for (const name of some) {
      const score = pattern.score(name || path.basename(place));
      if (score !== undefined) best.push({ name, score });
    }
    isMore ||= best.length > limit;
    best = best.sort(byRank).slice(0, limit);
  }
  return { names: best.map(({ name }) => name), isMore };
}

/** Of two that fit as well the shorter one. */
function byRank(one: RankedName, other: RankedName): number {
  return other.score - one.score || one.name.length - other.name.length || (one.name < other.name ? -1 : 1);
}

async function* slices(all: readonly string[], signal: AbortSignal): AsyncGenerator<readonly string[]> {
  for (let at = 0; at < all.length; at += NAMES_AT_ONCE) {
    if (at > 0) await new Promise(setImmediate);
    signal.throwIfAborted();
    yield all.slice(at, at + NAMES_AT_ONCE);
  }
}

function tooSlow(): PodexError {
  return new PodexError(
    'invalid_request',
    'The pattern takes too long to try. Use a simpler one, without repetitions of repetitions.',
    {},
  );
}
