import { type FileEntry, fileEntry } from '@podex/contracts/files';
import { type TrashEntry, type TrashListing, trashEntry, trashListing } from '@podex/contracts/trash';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const paramsOf = (workspaceId: string) => ({ path: { workspace_id: workspaceId } });

export function trashQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['trash', workspaceId],
    queryFn: ({ signal }): Promise<TrashListing> =>
      responseOf(
        trashListing,
        api().GET('/api/workspaces/{workspace_id}/files/trash', { params: paramsOf(workspaceId), signal }),
      ),
  });
}

export async function moveToTrash(workspaceId: string, path: string): Promise<TrashEntry> {
  const request = api().POST('/api/workspaces/{workspace_id}/files/trash', {
    params: paramsOf(workspaceId),
    body: { path },
  });
  return await responseOf(trashEntry, request);
}

/** Fails with `file_exists` when something else is there by now. */
export async function restoreFromTrash(workspaceId: string, trashId: string): Promise<FileEntry> {
  const request = api().POST('/api/workspaces/{workspace_id}/files/trash/restore', {
    params: paramsOf(workspaceId),
    body: { trash_id: trashId },
  });
  return await responseOf(fileEntry, request);
}

/** One thing, or everything. */
export async function emptyTrash(workspaceId: string, trashId?: string): Promise<void> {
  await api().DELETE('/api/workspaces/{workspace_id}/files/trash', {
    params: { ...paramsOf(workspaceId), query: trashId === undefined ? {} : { trash_id: trashId } },
  });
}
