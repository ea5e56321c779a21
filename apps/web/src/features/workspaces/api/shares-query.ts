import { type ShareRole, share } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { workspacesQuery } from './workspaces-query.ts';

const sharePage = pageOf(share);

export function sharesQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['shares', workspaceId],
    queryFn: async ({ signal }) => {
      const params = { path: { workspace_id: workspaceId } };
      const found = api().GET('/api/workspaces/{workspace_id}/shares', { params, signal });
      return (await responseOf(sharePage, found)).items;
    },
  });
}

export type ShareChange =
  | { kind: 'add'; email: string; role: ShareRole }
  | { kind: 'role'; userId: string; role: ShareRole }
  | { kind: 'remove'; userId: string };

export function useChangeShares(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (change: ShareChange) => {
      if (change.kind === 'add') {
        const params = { path: { workspace_id: workspaceId } };
        const { email, role } = change;
        await api().POST('/api/workspaces/{workspace_id}/shares', { params, body: { email, role } });
        return;
      }
      const params = { path: { workspace_id: workspaceId, user_id: change.userId } };
      const path = '/api/workspaces/{workspace_id}/shares/{user_id}';
      if (change.kind === 'remove') await api().DELETE(path, { params });
      else await api().PATCH(path, { params, body: { role: change.role } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: sharesQuery(workspaceId).queryKey }),
  });
}

/** Gives up a workspace that was shared. */
export function useLeaveWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const params = { path: { workspace_id: workspaceId } };
      await api().POST('/api/workspaces/{workspace_id}/leave', { params });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: workspacesQuery().queryKey }),
  });
}
