import { pageOf } from '@podex/contracts/pagination';
import { terminal } from '@podex/contracts/terminals';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
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

export function useOpenTerminal(workspaceId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      responseOf(
        terminal,
        api().POST('/api/workspaces/{workspace_id}/terminals', {
          params: { path: { workspace_id: workspaceId } },
          headers: idempotencyKey(),
          // The viewer says its real size when it attaches.
          body: { cols: 80, rows: 24 },
        }),
      ),
    onSuccess: (opened) =>
      queryClient.setQueryData(terminalsQuery(workspaceId).queryKey, (list) => [...(list ?? []), opened]),
  });
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
  const query = after === undefined ? '' : `?after=${after}`;
  return `${socketUrl()}/api/workspaces/${workspaceId}/terminals/${terminalId}/attach${query}`;
}
