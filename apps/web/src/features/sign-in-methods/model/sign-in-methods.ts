import type { LinkedAccount } from '@podex/contracts/sign-in-methods';

interface Provider {
  id: string;
  name: string;
}

export interface ProviderMethod extends Provider {
  /** Undefined while it is not linked. */
  accountId: string | undefined;
  /** An account that was linked stays, but nobody can sign in with it. */
  isSetUp: boolean;
  /** Without it there would be no way to sign in. */
  isLastWay: boolean;
}

export interface SignInMethods {
  hasPassword: boolean;
  providers: ProviderMethod[];
}

const PASSWORD = 'credential';

/** How a person can sign in, from their accounts and from what is set up here. */
export function signInMethodsOf(
  accounts: readonly LinkedAccount[],
  providers: readonly Provider[],
): SignInMethods {
  const setUp = new Set(providers.map(({ id }) => id));
  const isUsable = ({ providerId }: LinkedAccount) => providerId === PASSWORD || setUp.has(providerId);
  const linked = accounts.filter(({ providerId }) => providerId !== PASSWORD);
  const methodOf = (provider: Provider, account: LinkedAccount | undefined): ProviderMethod => ({
    ...provider,
    accountId: account?.id,
    isSetUp: setUp.has(provider.id),
    isLastWay: account !== undefined && !accounts.some((other) => other.id !== account.id && isUsable(other)),
  });
  return {
    hasPassword: accounts.length > linked.length,
    providers: [
      ...providers.flatMap((provider) => {
        const own = linked.filter(({ providerId }) => providerId === provider.id);
        return own.length === 0 ? [methodOf(provider, undefined)] : own.map((one) => methodOf(provider, one));
      }),
      ...linked
        .filter(({ providerId }) => !setUp.has(providerId))
        .map((account) => methodOf({ id: account.providerId, name: account.providerId }, account)),
    ],
  };
}
