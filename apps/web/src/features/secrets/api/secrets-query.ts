import { pageOf } from '@podex/contracts/pagination';
import { secret } from '@podex/contracts/secrets';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Whose secrets: a workspace’s, or those of the person who is signed in. */
export type SecretsOwner = { workspaceId: string } | 'me';

const secretPage = pageOf(secret);
const keyOf = (owner: SecretsOwner) => ['secrets', owner === 'me' ? 'me' : owner.workspaceId];

export function secretsQuery(owner: SecretsOwner) {
  return queryOptions({
    queryKey: keyOf(owner),
    queryFn: async ({ signal }) => {
      const page =
        owner === 'me'
          ? api().GET('/api/secrets', { signal })
          : api().GET('/api/workspaces/{workspace_id}/secrets', {
              params: { path: { workspace_id: owner.workspaceId } },
              signal,
            });
      return (await responseOf(secretPage, page)).items;
    },
  });
}

export function useSetSecret(owner: SecretsOwner) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, value }: { name: string; value: string }) =>
      responseOf(
        secret,
        owner === 'me'
          ? api().PUT('/api/secrets/{secret_name}', {
              params: { path: { secret_name: name } },
              body: { value },
            })
          : api().PUT('/api/workspaces/{workspace_id}/secrets/{secret_name}', {
              params: { path: { workspace_id: owner.workspaceId, secret_name: name } },
              body: { value },
            }),
      ),
    // A value is kept no longer than it is sent.
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keyOf(owner) }),
  });
}

export function useDeleteSecret(owner: SecretsOwner) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      if (owner === 'me') {
        await api().DELETE('/api/secrets/{secret_name}', { params: { path: { secret_name: name } } });
        return;
      }
      const path = { workspace_id: owner.workspaceId, secret_name: name };
      await api().DELETE('/api/workspaces/{workspace_id}/secrets/{secret_name}', { params: { path } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(owner) }),
  });
}
