import { type CreateJoinTokenInput, createdJoinToken, joinToken } from '@podex/contracts/join-tokens';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';

/** More open tokens than this are not listed on one page. */
const LISTED_TOKENS = 200;

const joinTokenPage = pageOf(joinToken);
/** With the servers: one that has joined has used its token up. */
const QUERY_KEY = ['servers', 'join-tokens'];

export function joinTokensQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_TOKENS } };
      return (
        await responseOf(joinTokenPage, api().GET('/api/admin/servers/join_tokens', { params, signal }))
      ).items;
    },
  });
}

export function useCreateJoinToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: CreateJoinTokenInput) => {
      const body = definedOnly(input);
      return responseOf(
        createdJoinToken,
        api().POST('/api/admin/servers/join_tokens', { headers: idempotencyKey(), body }),
      );
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useRenewServer(serverId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () =>
      responseOf(
        createdJoinToken,
        api().POST('/api/admin/servers/{server_id}/renew', {
          headers: idempotencyKey(),
          params: { path: { server_id: serverId } },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useRevokeJoinToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      const params = { path: { join_token_id: id } };
      await api().DELETE('/api/admin/servers/join_tokens/{join_token_id}', { params });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
