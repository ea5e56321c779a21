import type { Logger } from '@podex/service-kit/logger';
import type { BetterAuthPlugin } from 'better-auth';
import type { ApiConfig } from '../../config.ts';
import { createGithub } from './github.ts';
import { createOidc } from './oidc.ts';
import { type SignInProvider, toBetterAuthProvider } from './provider.ts';

export type ProviderConfig = Pick<ApiConfig, 'github' | 'google' | 'oidc'>;

/** The providers that the operator set up. */
export function listSignInProviders({ github, google, oidc }: ProviderConfig): SignInProvider[] {
  return [
    ...(github === undefined ? [] : [createGithub(github)]),
    ...(google === undefined ? [] : [createOidc({ id: 'google', name: 'Google', ...google })]),
    ...(oidc === undefined ? [] : [createOidc({ id: 'oidc', ...oidc })]),
  ];
}

/**
 * Sign-in by providers. They are our own and not better-auth’s, whose requests to providers have no time limit and no bound, and whose
 * Google provider does not verify the id_token that a code is exchanged for.
 */
export function signInProviders(providers: readonly SignInProvider[], logger: Logger) {
  return {
    id: 'podex-sign-in-providers',
    init: () => ({
      context: { socialProviders: providers.map((provider) => toBetterAuthProvider(provider, logger)) },
    }),
  } satisfies BetterAuthPlugin;
}
