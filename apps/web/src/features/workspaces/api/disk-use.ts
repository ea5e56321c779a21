import { diskUse } from '@podex/contracts/disk';
import { queryOptions } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Nothing tells when it changes, and asking costs a system call. */
const REFRESH_EVERY_MS = 60_000;

/** How full the disk of a workspace is. Only one that runs can say. */
export function diskUseQuery(workspaceId: string, isRunning: boolean) {
  return queryOptions({
    queryKey: ['workspaces', 'disk', workspaceId],
    queryFn: ({ signal }) => {
      const params = { path: { workspace_id: workspaceId } };
      return responseOf(diskUse, api().GET('/api/workspaces/{workspace_id}/disk', { params, signal }));
    },
    enabled: isRunning,
    refetchInterval: REFRESH_EVERY_MS,
    // Its daemon may be older than this question.
    retry: false,
  });
}
