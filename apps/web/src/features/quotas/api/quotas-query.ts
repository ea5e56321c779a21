import { type HolderKind, ownQuotas, quotaHolder, type UpdateQuotasInput } from '@podex/contracts/quotas';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, definedOnly, responseOf } from '#lib/api-client.ts';

const QUERY_KEY = ['quotas'];

/** Whose quotas an admin looks at. */
export interface HolderId {
  kind: HolderKind;
  id: string;
}

/** The person’s own, and those of their teams. */
export function ownQuotasQuery() {
  return queryOptions({
    queryKey: [...QUERY_KEY, 'own'],
    queryFn: ({ signal }) => responseOf(ownQuotas, api().GET('/api/quotas', { signal })),
  });
}

/** For admins: those of anyone. */
export function holderQuotasQuery({ kind, id }: HolderId) {
  return queryOptions({
    queryKey: [...QUERY_KEY, kind, id],
    queryFn: ({ signal }) => {
      const request =
        kind === 'user'
          ? api().GET('/api/admin/users/{user_id}/quotas', { params: { path: { user_id: id } }, signal })
          : api().GET('/api/admin/teams/{team_id}/quotas', { params: { path: { team_id: id } }, signal });
      return responseOf(quotaHolder, request);
    },
  });
}

export function useUpdateQuotas({ kind, id }: HolderId) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: UpdateQuotasInput) => {
      const body = definedOnly(input);
      const request =
        kind === 'user'
          ? api().PATCH('/api/admin/users/{user_id}/quotas', { params: { path: { user_id: id } }, body })
          : api().PATCH('/api/admin/teams/{team_id}/quotas', { params: { path: { team_id: id } }, body });
      return responseOf(quotaHolder, request);
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
