import type { SearchResult } from '@podex/contracts/files';

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
  glob: string | undefined;
  limit: number;
  /** Stops the search; what was found is not needed any more. */
  signal: AbortSignal;
  /** Then what was found so far is returned, as truncated. */
  timeoutMs: number;
}

export type SearchMatch = SearchResult['matches'][number];

const MAX_TEXT_LENGTH = 500;

/** The line of a match without its line end, cut at the contract’s length. */
export function toMatch(path: string, line: number, column: number, text: string): SearchMatch {
  return { path, line, column, text: text.replace(/\r?\n$/, '').slice(0, MAX_TEXT_LENGTH) };
}
