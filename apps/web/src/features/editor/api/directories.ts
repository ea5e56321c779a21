import { type FileEntry, type FileListing, fileListing } from '@podex/contracts/files';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { fileParams } from './files.ts';

export interface DirectoryListing {
  children: FileEntry[];
  /** There are more than are shown. */
  isTruncated: boolean;
  /** More are on their way. */
  isPartial: boolean;
  /** Of the directory itself. */
  etag: string;
}

/** Soon there; the rest comes behind it. */
const FIRST_PAGE = 500;
const PAGE = 2_000;
const SHOWN_MAX = 50_000;
/** A larger directory is not read again while nothing in it was made, renamed or removed. */
const READ_AGAIN_MAX = 1_000;

export function directoryQuery(workspaceId: string, path: string) {
  const queryKey = ['files', workspaceId, path] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<DirectoryListing> => {
      const known = client.getQueryData<DirectoryListing>(queryKey);
      let page = await readPage(workspaceId, path, { limit: FIRST_PAGE, signal });
      const { etag } = page.entry;
      if (known?.etag === etag && !known.isPartial && known.children.length > READ_AGAIN_MAX) return known;
      const children = [...(page.children ?? [])];
      while (page.next !== null && children.length < SHOWN_MAX) {
        // What is shown already never becomes shorter meanwhile.
        const shown = client.getQueryData<DirectoryListing>(queryKey);
        if (shown === undefined || (shown.isPartial && shown.children.length < children.length)) {
          client.setQueryData(queryKey, {
            children: [...children],
            isTruncated: true,
            isPartial: true,
            etag,
          });
        }
        page = await readPage(workspaceId, path, { limit: PAGE, after: page.next, signal });
        children.push(...(page.children ?? []));
      }
      const isTruncated = page.next !== null || page.truncated === true;
      return { children, isTruncated, isPartial: false, etag };
    },
  });
}

async function readPage(
  workspaceId: string,
  path: string,
  { signal, ...page }: { limit: number; after?: string; signal: AbortSignal },
): Promise<FileListing> {
  const params = fileParams(workspaceId, path);
  const request = api().GET('/api/workspaces/{workspace_id}/files', {
    params: { ...params, query: { ...params.query, ...page } },
    signal,
  });
  return await responseOf(fileListing, request);
}
