import { createdToken, type createTokenInput, token } from '@podex/contracts/accounts';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { api, definedOnly, idempotencyKey, responseOf } from '#lib/api-client.ts';

/** More tokens than this are not listed on one page. */
const LISTED_TOKENS = 200;

const tokenPage = pageOf(token);
const QUERY_KEY = ['tokens'];

export function tokensQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) => {
      const params = { query: { limit: LISTED_TOKENS } };
      return (await responseOf(tokenPage, api().GET('/api/tokens', { params, signal }))).items;
    },
  });
}

export function useCreateToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: z.output<typeof createTokenInput>) =>
      responseOf(
        createdToken,
        api().POST('/api/tokens', { headers: idempotencyKey(), body: definedOnly(body) }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}

export function useRevokeToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) => {
      await api().DELETE('/api/tokens/{token_id}', { params: { path: { token_id: id } } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
