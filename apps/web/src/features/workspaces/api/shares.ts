import { type ShareRole, share } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { workspace } from '@podex/contracts/workspaces';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { workspaceQuery } from './workspaces-query.ts';

const sharePage = pageOf(share);
const ofWorkspace = (workspaceId: string) => ({ path: { workspace_id: workspaceId } });
const ofPerson = (workspaceId: string, userId: string) => ({
  path: { workspace_id: workspaceId, user_id: userId },
});

/** Below the workspaces, so that what changes who has one reads these again as well. */
export function sharesQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['workspaces', 'shares', workspaceId],
    queryFn: async ({ signal }) => {
      const params = ofWorkspace(workspaceId);
      const page = await responseOf(
        sharePage,
        api().GET('/api/workspaces/{workspace_id}/shares', { params, signal }),
      );
      return page.items;
    },
  });
}

function useRefreshShares(workspaceId: string): () => Promise<void> {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: sharesQuery(workspaceId).queryKey });
}

export function useShareWorkspace(workspaceId: string) {
  return useMutation({
    mutationFn: (body: { email: string; role: ShareRole }) => {
      const params = ofWorkspace(workspaceId);
      return responseOf(share, api().POST('/api/workspaces/{workspace_id}/shares', { params, body }));
    },
    onSuccess: useRefreshShares(workspaceId),
  });
}

export function useChangeShare(workspaceId: string, userId: string) {
  return useMutation({
    mutationFn: (role: ShareRole) => {
      const params = ofPerson(workspaceId, userId);
      const body = { role };
      return responseOf(
        share,
        api().PATCH('/api/workspaces/{workspace_id}/shares/{user_id}', { params, body }),
      );
    },
    onSettled: useRefreshShares(workspaceId),
  });
}

export function useStopSharing(workspaceId: string, userId: string) {
  return useMutation({
    mutationFn: async () => {
      const params = ofPerson(workspaceId, userId);
      await api().DELETE('/api/workspaces/{workspace_id}/shares/{user_id}', { params });
    },
    onSettled: useRefreshShares(workspaceId),
  });
}

/** Gives up what was shared with this person. */
export function useLeaveWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await api().POST('/api/workspaces/{workspace_id}/leave', { params: ofWorkspace(workspaceId) });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['workspaces'] }),
  });
}

export function useMoveWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    /** Null: to oneself. */
    mutationFn: (teamId: string | null) => {
      const params = ofWorkspace(workspaceId);
      const body = { team_id: teamId };
      return responseOf(workspace, api().POST('/api/workspaces/{workspace_id}/transfer', { params, body }));
    },
    onSuccess: (moved) => {
      queryClient.setQueryData(workspaceQuery(moved.id).queryKey, moved);
      return queryClient.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
}
