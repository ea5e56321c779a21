import {
  type ComparisonSide,
  checkpoint,
  checkpointDiff,
  checkpointFileDiff,
  checkpointList,
} from '@podex/contracts/checkpoints';
import { newId } from '@podex/contracts/ids';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

const keyOf = (workspaceId: string) => ['checkpoints', workspaceId];

export function checkpointsQuery(workspaceId: string) {
  return queryOptions({
    queryKey: keyOf(workspaceId),
    queryFn: ({ signal }) =>
      responseOf(
        checkpointList,
        api().GET('/api/workspaces/{workspace_id}/checkpoints', {
          params: { path: { workspace_id: workspaceId } },
          signal,
        }),
      ),
  });
}

export interface Comparison {
  workspaceId: string;
  checkpointId: string;
  side: ComparisonSide;
}

const pathOf = ({ workspaceId, checkpointId }: Pick<Comparison, 'workspaceId' | 'checkpointId'>) => ({
  workspace_id: workspaceId,
  checkpoint_id: checkpointId,
});

/** What differs now may differ otherwise in a moment: it is asked for each time. */
export function checkpointDiffQuery(comparison: Comparison) {
  return queryOptions({
    queryKey: [...keyOf(comparison.workspaceId), 'diff', comparison.checkpointId, comparison.side],
    queryFn: ({ signal }) =>
      responseOf(
        checkpointDiff,
        api().GET('/api/workspaces/{workspace_id}/checkpoints/{checkpoint_id}/diff', {
          params: { path: pathOf(comparison), query: { with: comparison.side } },
          signal,
        }),
      ),
    gcTime: 0,
  });
}

export function checkpointFileQuery(comparison: Comparison, path: string) {
  return queryOptions({
    queryKey: [...keyOf(comparison.workspaceId), 'file', comparison.checkpointId, comparison.side, path],
    queryFn: ({ signal }) =>
      responseOf(
        checkpointFileDiff,
        api().GET('/api/workspaces/{workspace_id}/checkpoints/{checkpoint_id}/diff/content', {
          params: { path: pathOf(comparison), query: { with: comparison.side, path } },
          signal,
        }),
      ),
    gcTime: 0,
  });
}

export interface NewCheckpoint {
  label: string | undefined;
  /** The folder that is kept; left out, the home. */
  path?: string;
  includeIgnored: boolean;
}

export function useCreateCheckpoint(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ label, path, includeIgnored }: NewCheckpoint) =>
      responseOf(
        checkpoint,
        api().POST('/api/workspaces/{workspace_id}/checkpoints', {
          params: { path: { workspace_id: workspaceId } },
          body: definedOnly({ id: newId('checkpoint'), label, path, include_ignored: includeIgnored }),
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(workspaceId) }),
  });
}

export function useRestoreCheckpoint(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (checkpointId: string) =>
      responseOf(
        checkpoint,
        api().POST('/api/workspaces/{workspace_id}/checkpoints/{checkpoint_id}/restore', {
          params: { path: pathOf({ workspaceId, checkpointId }) },
          body: { before_id: newId('checkpoint') },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(workspaceId) }),
  });
}

export function useDeleteCheckpoint(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (checkpointId: string) => {
      await api().DELETE('/api/workspaces/{workspace_id}/checkpoints/{checkpoint_id}', {
        params: { path: pathOf({ workspaceId, checkpointId }) },
      });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(workspaceId) }),
  });
}
