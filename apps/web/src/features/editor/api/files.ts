import { PodexError } from '@podex/contracts/errors';
import { type FileEntry, fileEntry, fileListing } from '@podex/contracts/files';
import { api, responseOf } from '#lib/api-client.ts';

/** The root of the tree. Paths that are not absolute start here as well. */
export const HOME_PATH = '/home/dev';

export async function readEntry(workspaceId: string, path: string): Promise<FileEntry> {
  const params = fileParams(workspaceId, path);
  return (await responseOf(fileListing, api().GET('/api/workspaces/{workspace_id}/files', { params }))).entry;
}

export interface FileContent {
  bytes: Uint8Array<ArrayBuffer>;
  etag: string;
}

/** Undefined when the file still is what `knownEtag` says. */
export async function readContent(
  workspaceId: string,
  path: string,
  knownEtag?: string,
): Promise<FileContent | undefined> {
  const { data, response } = await api().GET('/api/workspaces/{workspace_id}/files/content', {
    params: fileParams(workspaceId, path),
    parseAs: 'arrayBuffer',
    ...(knownEtag === undefined ? {} : { headers: { 'If-None-Match': headerEtag(knownEtag) } }),
  });
  if (response.status === 304) return undefined;
  const etag = response.headers.get('etag');
  if (etag !== null) return { bytes: new Uint8Array(data ?? new ArrayBuffer()), etag };
  throw new PodexError(
    'internal',
    "The response has no ETag header, so the file can't be saved safely. Check that api exposes it.",
    {},
  );
}

/** `file_changed` when the file is not what `ifMatch` says any more. Without `ifMatch` it is overwritten. */
export async function writeContent(
  workspaceId: string,
  path: string,
  text: string,
  ifMatch: string | undefined,
): Promise<FileEntry> {
  return await writeWith(
    workspaceId,
    path,
    text,
    ifMatch === undefined ? {} : { 'If-Match': headerEtag(ifMatch) },
  );
}

/** Makes an empty file and its parents; `file_changed` when there is one already. */
export async function createFile(workspaceId: string, path: string): Promise<FileEntry> {
  return await writeWith(workspaceId, path, '', { 'If-None-Match': '*' });
}

async function writeWith(
  workspaceId: string,
  path: string,
  text: string,
  headers: Record<string, string>,
): Promise<FileEntry> {
  const request = api().PUT('/api/workspaces/{workspace_id}/files/content', {
    params: fileParams(workspaceId, path),
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: text,
    bodySerializer: (body) => new Blob([body ?? '']),
  });
  return await responseOf(fileEntry, request);
}

export async function createDirectory(workspaceId: string, path: string): Promise<FileEntry> {
  const params = { path: { workspace_id: workspaceId } };
  return await responseOf(
    fileEntry,
    api().POST('/api/workspaces/{workspace_id}/files/mkdir', { params, body: { path } }),
  );
}

/** Fails with `file_exists` when the new path is taken. */
export async function moveEntry(workspaceId: string, from: string, to: string): Promise<FileEntry> {
  const params = { path: { workspace_id: workspaceId } };
  const body = { from, to, overwrite: false };
  return await responseOf(
    fileEntry,
    api().POST('/api/workspaces/{workspace_id}/files/move', { params, body }),
  );
}

export async function deleteEntry(workspaceId: string, path: string): Promise<void> {
  await api().DELETE('/api/workspaces/{workspace_id}/files/content', {
    params: fileParams(workspaceId, path),
  });
}

export function fileParams(workspaceId: string, path: string) {
  return { path: { workspace_id: workspaceId }, query: { path } };
}

/** HTTP wants the quotes that an entry's `etag` may come without. */
function headerEtag(etag: string): string {
  return etag.endsWith('"') ? etag : `"${etag}"`;
}
