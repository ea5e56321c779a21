import { registration } from '@podex/contracts/settings';
import { linkedAccounts, unlinkedAccount } from '@podex/contracts/sign-in-methods';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, responseOf } from '#lib/api-client.ts';
import { authRequest, goToProvider } from '#lib/auth-request.ts';
import { signInMethodsOf } from '../model/sign-in-methods.ts';

const QUERY_KEY = ['sign-in-methods'];

export function signInMethodsQuery() {
  return queryOptions({
    queryKey: QUERY_KEY,
    queryFn: async ({ signal }) => {
      const [accounts, { providers }] = await Promise.all([
        responseOf(
          linkedAccounts,
          authRequest('list-accounts', { method: 'GET', signal }).then((data) => ({ data })),
        ),
        responseOf(registration, api().GET('/api/registration', { signal })),
      ]);
      return signInMethodsOf(accounts, providers);
    },
  });
}

/** Leaves the page, and comes back to it. */
export function useLink() {
  return useMutation({
    mutationFn: (provider: string) => {
      const { pathname } = window.location;
      return goToProvider('link-social', { provider, callbackPath: pathname, errorPath: pathname });
    },
  });
}

export function useUnlink() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (accountId: string) => {
      const unlinked = authRequest('unlink-account', { method: 'POST', body: { accountId } });
      return unlinkedAccount.parse(await unlinked);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: QUERY_KEY }),
  });
}
