import { type AddGitSshKeyInput, gitSshKey } from '@podex/contracts/git-ssh-keys';
import type { GitSshKeyId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';

const keyPage = pageOf(gitSshKey);
const KEY = ['git-ssh-keys'];

export function gitSshKeysQuery() {
  return queryOptions({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await responseOf(keyPage, api().GET('/api/me/git_ssh_keys', { signal }))).items,
  });
}

export function useAddGitSshKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: AddGitSshKeyInput) =>
      responseOf(gitSshKey, api().POST('/api/me/git_ssh_keys', { body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteGitSshKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (id: GitSshKeyId) => {
      await api().DELETE('/api/me/git_ssh_keys/{git_ssh_key_id}', {
        params: { path: { git_ssh_key_id: id } },
      });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useAcceptGitHost() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, fingerprint }: { id: GitSshKeyId; fingerprint: string }) =>
      responseOf(
        gitSshKey,
        api().PUT('/api/me/git_ssh_keys/{git_ssh_key_id}/host_key', {
          params: { path: { git_ssh_key_id: id } },
          body: { fingerprint },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useForgetGitHost() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: GitSshKeyId) =>
      responseOf(
        gitSshKey,
        api().DELETE('/api/me/git_ssh_keys/{git_ssh_key_id}/host_key', {
          params: { path: { git_ssh_key_id: id } },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}
