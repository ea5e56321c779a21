import { PodexError } from '@podex/contracts/errors';
import { SEARCH_STREAM_TYPE, type SearchEvent, searchEvent, searchResult } from '@podex/contracts/files';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf, streamingApi } from '#lib/api-client.ts';
import { streamLines } from '#lib/stream-lines.ts';

/** Matches that are shown. */
export const MATCHES_MAX = 2_000;
const NAMES_MAX = 50;
const NAMES_FRESH_MS = 1_000;
const NAMES_KEPT_MS = 30_000;

export interface ContentQuery {
  text: string;
  isRegex: boolean;
  isCaseSensitive: boolean;
  isWholeWord: boolean;
  /** Globs with commas between. */
  include: string;
  exclude: string;
}

/** Matches as they are found; the search ends with the signal. */
export async function* searchContents(
  workspaceId: string,
  query: ContentQuery,
  signal: AbortSignal,
): AsyncGenerator<SearchEvent> {
  const { data } = await streamingApi().GET('/api/workspaces/{workspace_id}/search', {
    params: { path: { workspace_id: workspaceId }, query: parametersOf(query) },
    headers: { accept: SEARCH_STREAM_TYPE },
    parseAs: 'stream',
    signal,
  });
  if (data === undefined || data === null) return;
  for await (const line of streamLines(data)) yield searchEvent.parse(JSON.parse(line));
}

function parametersOf({ text, isRegex, isCaseSensitive, isWholeWord, include, exclude }: ContentQuery) {
  return {
    q: text,
    regex: String(isRegex),
    case_sensitive: String(isCaseSensitive),
    whole_word: String(isWholeWord),
    ...(include.trim() === '' ? {} : { include }),
    ...(exclude.trim() === '' ? {} : { exclude }),
    limit: MATCHES_MAX,
  };
}

/** The paths that fit best, the best first. */
export function namesQuery(workspaceId: string, text: string) {
  return queryOptions({
    queryKey: ['names', workspaceId, text],
    enabled: text !== '',
    staleTime: NAMES_FRESH_MS,
    gcTime: NAMES_KEPT_MS,
    queryFn: async ({ signal }): Promise<string[]> => {
      const params = {
        path: { workspace_id: workspaceId },
        query: { q: text, mode: 'name' as const, limit: NAMES_MAX },
      };
      const { matches } = await responseOf(
        searchResult,
        api().GET('/api/workspaces/{workspace_id}/search', { params, signal }),
      );
      return matches.map(({ path }) => path);
    },
  });
}

/** What a search says when it breaks off. */
export function errorOf(event: Extract<SearchEvent, { type: 'error' }>): PodexError {
  return PodexError.fromBody({ error: event.error });
}
