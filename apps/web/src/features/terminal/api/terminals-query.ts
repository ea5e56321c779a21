import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import { terminal } from '@podex/contracts/terminals';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { socketUrl } from '#lib/api-address.ts';
import { api, idempotencyKey, responseOf } from '#lib/api-client.ts';

const terminalPage = pageOf(terminal);

/**
 * The open terminals of a running workspace, oldest first: the workspace is their one home, the page only shows them. Nothing is
 * kept once they are not shown: after a restart of the workspace there are others.
 */
export function terminalsQuery(workspaceId: string) {
  return queryOptions({
    queryKey: ['terminals', workspaceId],
    gcTime: 0,
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const params = { path: { workspace_id: workspaceId } };
      const page = await responseOf(
        terminalPage,
        api().GET('/api/workspaces/{workspace_id}/terminals', { params, signal }),
      );
      return page.items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
  });
}

/** What is left out is as the workspace has it. */
interface OpenTerminalInput {
  name?: string | undefined;
  shell?: string | undefined;
  cwd?: string | undefined;
}

export function useOpenTerminal(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, shell, cwd }: OpenTerminalInput) =>
      responseOf(
        terminal,
        api().POST('/api/workspaces/{workspace_id}/terminals', {
          params: { path: { workspace_id: workspaceId } },
          headers: idempotencyKey(),
          // The viewer says its real size when it attaches.
          body: {
            cols: 80,
            rows: 24,
            ...(name === undefined ? {} : { name }),
            ...(shell === undefined ? {} : { shell }),
            ...(cwd === undefined ? {} : { cwd }),
          },
        }),
      ),
    onSuccess: (opened) =>
      queryClient.setQueryData(terminalsQuery(workspaceId).queryKey, (list) => [...(list ?? []), opened]),
  });
}

export function useRenameTerminal(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      responseOf(
        terminal,
        api().PATCH('/api/workspaces/{workspace_id}/terminals/{terminal_id}', {
          params: { path: { workspace_id: workspaceId, terminal_id: id } },
          body: { name },
        }),
      ),
    onSuccess: (renamed) =>
      queryClient.setQueryData(terminalsQuery(workspaceId).queryKey, (list) =>
        list?.map((one) => (one.id === renamed.id ? renamed : one)),
      ),
  });
}

/** For when somebody else may have opened one: nothing tells of it. */
export function useLookForTerminals(workspaceId: string): () => void {
  const queryClient = useQueryClient();
  return useCallback(
    () => void queryClient.invalidateQueries({ queryKey: terminalsQuery(workspaceId).queryKey }),
    [queryClient, workspaceId],
  );
}

export function useCloseTerminal(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (terminalId: string) => {
      await api().DELETE('/api/workspaces/{workspace_id}/terminals/{terminal_id}', {
        params: { path: { workspace_id: workspaceId, terminal_id: terminalId } },
      });
    },
    onSuccess: (_, terminalId) =>
      queryClient.setQueryData(terminalsQuery(workspaceId).queryKey, (list) =>
        list?.filter(({ id }) => id !== terminalId),
      ),
  });
}

/** Where a viewer attaches. */
export function attachUrl(workspaceId: string, terminalId: string, after: number | undefined): string {
  const path = `/api/workspaces/${workspaceId}/terminals/${terminalId}/attach`;
  return `${socketUrl()}${withQuery(path, { after })}`;
}
