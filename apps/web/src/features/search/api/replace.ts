import {
  REPLACE_FILES_MAX,
  type ReplaceInput,
  type ReplacePreview,
  type ReplaceResult,
  replacePreview,
  replaceResult,
} from '@podex/contracts/replacing';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';
import type { ContentQuery } from './search.ts';

/** Files of one request. */
export const FILES_AT_ONCE = REPLACE_FILES_MAX;

export interface ReplaceQuery extends ContentQuery {
  replacement: string;
}

export function loadReplacePreview(
  workspaceId: string,
  query: ReplaceQuery,
  { paths, signal }: { paths: string[]; signal: AbortSignal },
): Promise<ReplacePreview> {
  return responseOf(
    replacePreview,
    api().POST('/api/workspaces/{workspace_id}/files/replace/preview', {
      params: { path: { workspace_id: workspaceId } },
      body: { ...patternOf(query), paths },
      signal,
    }),
  );
}

export function replaceInFiles(
  workspaceId: string,
  query: ReplaceQuery,
  files: ReplaceInput['files'],
): Promise<ReplaceResult> {
  return responseOf(
    replaceResult,
    api().POST('/api/workspaces/{workspace_id}/files/replace', {
      params: { path: { workspace_id: workspaceId } },
      body: { ...patternOf(query), files: files.map(definedOnly) },
    }),
  );
}

function patternOf({ text, isRegex, isCaseSensitive, isWholeWord, replacement }: ReplaceQuery) {
  return {
    q: text,
    regex: isRegex,
    case_sensitive: isCaseSensitive,
    whole_word: isWholeWord,
    replacement,
  };
}
