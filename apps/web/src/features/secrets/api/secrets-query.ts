import { pageOf } from '@podex/contracts/pagination';
import { secret } from '@podex/contracts/secrets';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

/** Whose secrets: a workspace’s, a team’s, or those of the person who is signed in. */
export type SecretsOwner = { workspaceId: string } | { teamId: string } | 'me';

const secretPage = pageOf(secret);

function keyOf(owner: SecretsOwner): string[] {
  if (owner === 'me') return ['secrets', 'me'];
  return 'teamId' in owner ? ['secrets', 'team', owner.teamId] : ['secrets', 'workspace', owner.workspaceId];
}

/** The requests of one owner: the routes differ, what goes and comes is the same. */
function requestsOf(owner: SecretsOwner) {
  if (owner === 'me') {
    const path = (name: string) => ({ params: { path: { secret_name: name } } });
    return {
      list: (signal: AbortSignal) => api().GET('/api/secrets', { signal }),
      set: (name: string, value: string) =>
        api().PUT('/api/secrets/{secret_name}', { ...path(name), body: { value } }),
      remove: (name: string) => api().DELETE('/api/secrets/{secret_name}', path(name)),
    };
  }
  if ('teamId' in owner) {
    const path = { team_id: owner.teamId };
    const one = (name: string) => ({ params: { path: { ...path, secret_name: name } } });
    return {
      list: (signal: AbortSignal) => api().GET('/api/teams/{team_id}/secrets', { params: { path }, signal }),
      set: (name: string, value: string) =>
        api().PUT('/api/teams/{team_id}/secrets/{secret_name}', { ...one(name), body: { value } }),
      remove: (name: string) => api().DELETE('/api/teams/{team_id}/secrets/{secret_name}', one(name)),
    };
  }
  const path = { workspace_id: owner.workspaceId };
  const one = (name: string) => ({ params: { path: { ...path, secret_name: name } } });
  return {
    list: (signal: AbortSignal) =>
      api().GET('/api/workspaces/{workspace_id}/secrets', { params: { path }, signal }),
    set: (name: string, value: string) =>
      api().PUT('/api/workspaces/{workspace_id}/secrets/{secret_name}', { ...one(name), body: { value } }),
    remove: (name: string) => api().DELETE('/api/workspaces/{workspace_id}/secrets/{secret_name}', one(name)),
  };
}

export function secretsQuery(owner: SecretsOwner) {
  return queryOptions({
    queryKey: keyOf(owner),
    queryFn: async ({ signal }) => (await responseOf(secretPage, requestsOf(owner).list(signal))).items,
  });
}

export function useSetSecret(owner: SecretsOwner) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, value }: { name: string; value: string }) =>
      responseOf(secret, requestsOf(owner).set(name, value)),
    // A value is kept no longer than it is sent.
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keyOf(owner) }),
  });
}

export function useDeleteSecret(owner: SecretsOwner) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => {
      await requestsOf(owner).remove(name);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keyOf(owner) }),
  });
}
