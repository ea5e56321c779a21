import { constants } from 'node:fs';
import path from 'node:path';
import { hasEscapedBytes } from '@podex/contracts/file-names';
import { SEARCH_STREAM_TYPE, type SearchMatch, type SearchResult, searchQuery } from '@podex/contracts/files';
import { access, stat } from '../files/disk.ts';
import { onFile } from '../files/file-errors.ts';
import { canonicalPath } from '../files/file-names.ts';
import { listKernelNames, requireOutsideKernel } from '../files/kernel-files.ts';
import type { Call, Route } from '../http/router.ts';
import { findExecutable } from '../user/find-executable.ts';
import { globsOf } from './globs.ts';
import { MatchStream } from './match-stream.ts';
import { listNames, type NameList, NameLists } from './name-lists.ts';
import { searchNames } from './name-search.ts';
import { searchNewestNames } from './newest-names.ts';
import { searchWithRipgrep } from './ripgrep-search.ts';
import type { SearchOutcome, SearchRequest } from './search-request.ts';
import { SkippedPlaces } from './skipped-places.ts';
import { searchWithWalk } from './walk-search.ts';

const SEARCH_TIMEOUT_MS = 20_000;

export interface SearchRoutesOptions {
  homePath: string;
  /** PATH on which ripgrep is looked for. */
  searchPath: string;
}

export function searchRoutes(options: SearchRoutesOptions): Route[] {
  const lists = new NameLists();
  return [
    {
      method: 'GET',
      path: '/search',
      async answer(call) {
        const streams = call.request.headers.accept === SEARCH_STREAM_TYPE;
        const stream = streams ? new MatchStream(call.response) : undefined;
        const matches: SearchMatch[] = [];
        const request = await resolveSearch(call, options, (match) =>
          stream === undefined ? void matches.push(match) : stream.match(match),
        );
        const run = async () => {
          const { truncated } = await search(request, options.searchPath, lists);
          return { truncated, ...request.skipped.result };
        };
        if (stream === undefined) {
          return { status: 200, body: { matches, ...(await run()) } satisfies SearchResult };
        }
        await stream.end(run, call.requestId);
        return undefined;
      },
    },
  ];
}

/** @throws PodexError file_not_found, forbidden and others of a file; ZodError. */
async function resolveSearch(
  { query, signal }: Call,
  { homePath }: SearchRoutesOptions,
  onMatch: SearchRequest['onMatch'],
): Promise<SearchRequest> {
  const input = searchQuery.parse(query);
  const place = path.resolve(homePath, canonicalPath(input.path ?? '.'));
  await requireOutsideKernel(place);
  const stats = await onFile(place, () => stat(place));
  const folder = stats.isDirectory() ? place : path.dirname(place);
  return {
    text: input.q,
    path: place,
    folder,
    passedOver: await listKernelNames(folder),
    mode: input.mode,
    isRegex: input.regex,
    isCaseSensitive: input.case_sensitive,
    isWholeWord: input.whole_word,
    globs: globsOf(input),
    context: input.context,
    limit: input.limit,
    isNewestFirst: input.sort === 'modified',
    onMatch,
    skipped: new SkippedPlaces(),
    signal,
    timeoutMs: SEARCH_TIMEOUT_MS,
  };
}

/** Whether the folder that was asked for may be looked into; otherwise it is what was skipped. */
async function isOpen({ path: place, folder, skipped }: SearchRequest): Promise<boolean> {
  if (place !== folder) return true;
  try {
    await access(place, constants.R_OK | constants.X_OK);
    return true;
  } catch (error) {
    skipped.addError(place, error);
    return false;
  }
}

/** As the files are now. With ripgrep a glob would take in files that git ignores: globs are applied to the names afterwards. */
function listUnignored(request: SearchRequest, ripgrep: string | undefined): Promise<NameList> {
  return listNames({ ...request, globs: [] }, ripgrep);
}

async function search(request: SearchRequest, searchPath: string, lists: NameLists): Promise<SearchOutcome> {
  if (!(await isOpen(request))) return { truncated: false };
  // Programs are started with text alone.
  const ripgrep = hasEscapedBytes(request.path) ? undefined : await findExecutable('rg', searchPath);
  if (request.mode === 'name') {
    if (request.isNewestFirst) return searchNewestNames(request, await listUnignored(request, ripgrep));
    return searchNames(request, await lists.of(request, ripgrep));
  }
  return ripgrep === undefined ? searchWithWalk(request) : searchWithRipgrep(ripgrep, request);
}
