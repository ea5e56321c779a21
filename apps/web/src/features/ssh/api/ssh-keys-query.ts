import { pageOf } from '@podex/contracts/pagination';
import { type AddSshKeyInput, sshKey } from '@podex/contracts/ssh';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';

const sshKeyPage = pageOf(sshKey);
const QUERY_KEY = ['ssh-keys'];

export function sshKeysQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) =>
      (await responseOf(sshKeyPage, api().GET('/api/me/ssh_keys', { signal }))).items,
  });
}

export function useAddSshKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AddSshKeyInput) =>
      responseOf(
        sshKey,
        api().POST('/api/me/ssh_keys', { headers: idempotencyKey(), body: definedOnly(body) }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useRemoveSshKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await api().DELETE('/api/me/ssh_keys/{ssh_key_id}', { params: { path: { ssh_key_id: id } } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
