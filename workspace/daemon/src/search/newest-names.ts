import path from 'node:path';
import { stat } from '../files/disk.ts';
import { toDate } from '../files/etag.ts';
import { globMatcher } from './globs.ts';
import type { NameList } from './name-lists.ts';
import { searchNames } from './name-search.ts';
import type { SearchMatch, SearchOutcome, SearchRequest } from './search-request.ts';

/** Files whose dates are compared. */
const COMPARED_MAX = 10_000;
const STATS_AT_ONCE = 64;

interface DatedFile {
  file: string;
  modifiedMs: number;
}

/** Finds names that the globs take in as `searchNames` does, and gives the files that were changed last first. */
export async function searchNewestNames(request: SearchRequest, list: NameList): Promise<SearchOutcome> {
  const isInGlobs = globMatcher(request.globs);
  const names = list.names.filter((name) => isInGlobs(name || path.basename(request.path)));
  const paths: string[] = [];
  const gather = {
    ...request,
    limit: COMPARED_MAX,
    onMatch: (match: SearchMatch) => void paths.push(match.path),
  };
  const { truncated } = await searchNames(gather, { ...list, names });
  const dated: DatedFile[] = [];
  for (let at = 0; at < paths.length; at += STATS_AT_ONCE) {
    request.signal.throwIfAborted();
    const some = await Promise.all(paths.slice(at, at + STATS_AT_ONCE).map(modifiedOf));
    dated.push(...some.filter((one) => one !== undefined));
  }
  dated.sort((one, other) => other.modifiedMs - one.modifiedMs || (one.file < other.file ? -1 : 1));
  for (const { file, modifiedMs } of dated.slice(0, request.limit)) {
    request.signal.throwIfAborted();
    await request.onMatch({ path: file, modified_at: toDate(modifiedMs) });
  }
  return { truncated: truncated || dated.length > request.limit };
}

/** Undefined for a file that has gone meanwhile, and a link that leads nowhere. */
async function modifiedOf(file: string): Promise<DatedFile | undefined> {
  try {
    return { file, modifiedMs: Number((await stat(file)).mtimeMs) };
  } catch {
    return undefined;
  }
}
