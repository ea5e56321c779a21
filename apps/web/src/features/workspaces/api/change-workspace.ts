import {
  type CreateWorkspaceInput,
  type UpdateWorkspaceInput,
  type Workspace,
  workspace,
} from '@podex/contracts/workspaces';
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';
import { workspaceQuery, workspacesQuery } from './workspaces-query.ts';

/** Does not wait: the response says what is true now, and live events bring the rest. */
const NO_WAIT = { wait_ms: 0 };

export function useCreateWorkspace() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: CreateWorkspaceInput) =>
      responseOf(
        workspace,
        api().POST('/api/workspaces', {
          params: { query: NO_WAIT },
          headers: idempotencyKey(),
          body: definedOnly(input),
        }),
      ),
    onSuccess: (created) => {
      keep(queryClient, created);
      return queryClient.invalidateQueries({ queryKey: workspacesQuery().queryKey });
    },
  });
}

export type PowerChange = 'start' | 'pause' | 'stop';

export function usePowerWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (change: PowerChange) => {
      const params = { path: { workspace_id: workspaceId }, query: NO_WAIT };
      return responseOf(workspace, api().POST(`/api/workspaces/{workspace_id}/${change}`, { params }));
    },
    onSuccess: (changed) => keep(queryClient, changed),
  });
}

export function useKeepAlive(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      responseOf(
        workspace,
        api().POST('/api/workspaces/{workspace_id}/keep_alive', {
          params: { path: { workspace_id: workspaceId } },
          body: {},
        }),
      ),
    onSuccess: (changed) => keep(queryClient, changed),
  });
}

export function useUpdateWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateWorkspaceInput) =>
      responseOf(
        workspace,
        api().PATCH('/api/workspaces/{workspace_id}', {
          params: { path: { workspace_id: workspaceId } },
          body: definedOnly(body),
        }),
      ),
    onSuccess: (changed) => keep(queryClient, changed),
  });
}

export function useRebuildWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      responseOf(
        workspace,
        api().POST('/api/workspaces/{workspace_id}/rebuild', {
          params: { path: { workspace_id: workspaceId }, query: NO_WAIT },
        }),
      ),
    onSuccess: (changed) => keep(queryClient, changed),
  });
}

export function useRetrySetup(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      responseOf(
        workspace,
        api().POST('/api/workspaces/{workspace_id}/setup/retry', {
          params: { path: { workspace_id: workspaceId } },
        }),
      ),
    onSuccess: (changed) => keep(queryClient, changed),
  });
}

export function useDeleteWorkspace(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await api().DELETE('/api/workspaces/{workspace_id}', {
        params: { path: { workspace_id: workspaceId } },
      });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: workspacesQuery().queryKey }),
  });
}

function keep(queryClient: QueryClient, changed: Workspace): void {
  queryClient.setQueryData(workspaceQuery(changed.id).queryKey, changed);
  queryClient.setQueryData(workspacesQuery().queryKey, (list) =>
    list?.map((item) => (item.id === changed.id ? changed : item)),
  );
}
