import { gitCredential, type SetGitCredentialInput } from '@podex/contracts/git-credentials';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const credentialPage = pageOf(gitCredential);
const KEY = ['git-credentials'];

export function gitCredentialsQuery() {
  return queryOptions({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await responseOf(credentialPage, api().GET('/api/git_credentials', { signal }))).items,
  });
}

export function useSetGitCredential() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ host, ...body }: SetGitCredentialInput & { host: string }) =>
      responseOf(
        gitCredential,
        api().PUT('/api/git_credentials/{git_host}', { params: { path: { git_host: host } }, body }),
      ),
    // A token is kept no longer than it is sent.
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteGitCredential() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (host: string) => {
      await api().DELETE('/api/git_credentials/{git_host}', { params: { path: { git_host: host } } });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}
