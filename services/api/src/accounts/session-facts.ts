import type { BetterAuthPlugin } from 'better-auth';

/** What Podex keeps of a session besides what better-auth does. Neither is taken from a request. */
export const SESSION_FIELDS = {
  signInMethod: {
    type: 'string',
    required: false,
    input: false,
    returned: false,
    fieldName: 'sign_in_method',
  },
  lastUsedAt: { type: 'date', required: false, input: false, fieldName: 'last_used_at' },
} as const;

/** The endpoint of better-auth that makes a session, as its hooks see it. */
export interface SigningIn {
  path?: string | undefined;
  params?: unknown;
}

const METHODS: readonly (readonly [pattern: RegExp, method: string])[] = [
  [/^\/(sign-in|sign-up)\/email$/, 'password'],
  [/^\/(change-password|two-factor\/.+)$/, 'password'],
  [/^\/verify-email$/, 'email'],
  [/^\/passkey\//, 'passkey'],
];
const PROVIDER = /^[a-z0-9_-]{1,40}$/i;

/** `password`, `passkey`, or the name of the provider that a person came back from. */
export function signInMethodOf({ path = '', params }: SigningIn): string | undefined {
  const [, method] = METHODS.find(([pattern]) => pattern.test(path)) ?? [];
  if (method !== undefined || !path.includes('callback')) return method;
  const values = Object.values(params ?? {});
  return values.find((value): value is string => typeof value === 'string' && PROVIDER.test(value));
}

/** Notes with every new session how it was signed in. */
export function noteSignInMethod() {
  return {
    id: 'podex-sign-in-method',
    init: () => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              before: async (session, context) => ({
                data: { ...session, signInMethod: signInMethodOf(context ?? {}) ?? null },
              }),
            },
          },
        },
      },
    }),
  } satisfies BetterAuthPlugin;
}
