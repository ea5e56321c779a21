import { type CreateServerInput, server, type UpdateServerInput } from '@podex/contracts/servers';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';

export type ServerAction = 'check' | 'activate';

function useRefreshServers() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: ['servers'] });
}

export function useRegisterServer() {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: (input: CreateServerInput) => {
      const body = definedOnly(input);
      return responseOf(server, api().POST('/api/admin/servers', { headers: idempotencyKey(), body }));
    },
    onSuccess: refresh,
  });
}

export function useUpdateServer(serverId: string) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: (input: UpdateServerInput) => {
      const request = { params: { path: { server_id: serverId } }, body: definedOnly(input) };
      return responseOf(server, api().PATCH('/api/admin/servers/{server_id}', request));
    },
    onSuccess: refresh,
  });
}

export function useServerAction(serverId: string) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: (action: ServerAction) => {
      const request = { params: { path: { server_id: serverId } } };
      return responseOf(
        server,
        action === 'check'
          ? api().POST('/api/admin/servers/{server_id}/check', request)
          : api().POST('/api/admin/servers/{server_id}/activate', request),
      );
    },
    onSettled: refresh,
  });
}

/**
 * With its name as `confirm`, the files that are on it are given up. `onRemoved` is called even when the page of the server has
 * noticed first that there is none any more, and shows nothing of it.
 */
export function useRemoveServer(serverId: string, onRemoved: () => void) {
  const refresh = useRefreshServers();
  return useMutation({
    mutationFn: async ({ confirm }: { confirm?: string }) => {
      const query = confirm === undefined ? {} : { lost: 'true', confirm };
      const params = { path: { server_id: serverId }, query };
      await api().DELETE('/api/admin/servers/{server_id}', { params });
    },
    onSuccess: onRemoved,
    onSettled: refresh,
  });
}
