import { createAuthMiddleware } from 'better-auth/api';

export type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** One concern that looks at better-auth’s requests, with their parsed body, or at what came of them. */
export interface AuthHook {
  /** Throws to refuse the request. */
  before?(context: HookContext): Promise<void>;
  /** `context.context.returned` is the response’s body, or an APIError. */
  after?(context: HookContext): Promise<void>;
}

/** better-auth takes one hook of each kind: these run in their order. */
export function joinAuthHooks(hooks: readonly AuthHook[]) {
  return {
    before: createAuthMiddleware(async (context) => {
      for (const hook of hooks) await hook.before?.(context);
    }),
    after: createAuthMiddleware(async (context) => {
      for (const hook of hooks) await hook.after?.(context);
    }),
  };
}
