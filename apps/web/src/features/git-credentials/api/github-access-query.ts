import { endedGithubAccess, githubAccess } from '@podex/contracts/git-credentials';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { goToProvider } from '#lib/auth-request.ts';

const KEY = ['github-access'];

export function githubAccessQuery() {
  return queryOptions({
    queryKey: KEY,
    queryFn: ({ signal }) => responseOf(githubAccess, api().GET('/api/me/github_access', { signal })),
  });
}

/** Leaves the page for GitHub, and comes back to it. */
export function useAllowRepositories() {
  return useMutation({
    mutationFn: () => {
      const { pathname } = window.location;
      return goToProvider('link-social', {
        provider: 'github',
        callbackPath: pathname,
        errorPath: pathname,
        scopes: ['repo'],
      });
    },
  });
}

export function useEndGithubAccess() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => responseOf(endedGithubAccess, api().DELETE('/api/me/github_access', {})),
    onSettled: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}
