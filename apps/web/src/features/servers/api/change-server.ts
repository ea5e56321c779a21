import { type CreateServerInput, server, type UpdateServerInput } from '@podex/contracts/servers';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';

export type ServerAction = 'check' | 'drain' | 'activate' | 'delete';

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
  return useMutation({ mutationFn: (action: ServerAction) => act(serverId, action), onSettled: refresh });
}

async function act(serverId: string, action: ServerAction): Promise<void> {
  const params = { path: { server_id: serverId } };
  switch (action) {
    case 'check':
      await responseOf(server, api().POST('/api/admin/servers/{server_id}/check', { params }));
      return;
    case 'drain':
      await responseOf(server, api().POST('/api/admin/servers/{server_id}/drain', { params }));
      return;
    case 'activate':
      await responseOf(server, api().POST('/api/admin/servers/{server_id}/activate', { params }));
      return;
    case 'delete':
      await api().DELETE('/api/admin/servers/{server_id}', { params });
      return;
  }
}
