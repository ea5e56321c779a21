import type { SearchResult } from '@podex/contracts/files';
import type { SkippedPlaces } from './skipped-places.ts';

/** A search, resolved: what the two ways of searching have in common. */
export interface SearchRequest {
  text: string;
  /** Absolute; a folder, or one file. */
  path: string;
  /** `path`, or the folder that the file is in. */
  folder: string;
  /** Names in `folder` that hold no files of the workspace. */
  passedOver: readonly string[];
  mode: 'content' | 'name';
  isRegex: boolean;
  isCaseSensitive: boolean;
  isWholeWord: boolean;
  /** As ripgrep reads them; of those that match, the last decides. */
  globs: readonly string[];
  /** Lines on each side of a match. */
  context: number;
  limit: number;
  /** Of mode `name`: what was changed last comes first. */
  isNewestFirst: boolean;
  /** Takes each match as it is found; while it waits, the search does. */
  onMatch: (match: SearchMatch) => Promise<void> | void;
  /** What cannot be looked into. */
  skipped: SkippedPlaces;
  /** Stops the search; what was found is not needed any more. */
  signal: AbortSignal;
  /** Then what was found so far is returned, as truncated. */
  timeoutMs: number;
}

export type SearchMatch = SearchResult['matches'][number];

/** What a search came to; what it skipped stands in its request. */
export type SearchOutcome = Pick<SearchResult, 'truncated'>;
