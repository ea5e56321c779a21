import type { AuditAction } from '@podex/contracts/audit';
import { REQUEST_ID_HEADER } from '@podex/service-kit/http-app';
import type { BetterAuthPlugin } from 'better-auth';
import { isAPIError } from 'better-auth/api';
import { z } from 'zod';
import { type AuditBy, type AuditFact, appendAudit, SYSTEM } from '../audit/append-audit.ts';
import type { Transact } from '../database/transact.ts';
import { codeOf } from './auth-errors.ts';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { ADDRESS_HEADER } from './auth-request.ts';

/** Endpoints that end with a session, and how people prove there who they are. */
const SIGN_INS: readonly (readonly [path: RegExp, method: string])[] = [
  [/^\/sign-in\/email$/, 'password'],
  [/^\/(oauth2\/)?callback\//, 'provider'],
  [/^\/two-factor\/verify-/, 'second_factor'],
  [/^\/passkey\/verify-authentication$/, 'passkey'],
];

/** What people change about their own account, while signed in. `fails`: a wrong try is told too. */
const CHANGES: Readonly<Record<string, { action: AuditAction; fails?: true }>> = {
  '/sign-out': { action: 'sign_out' },
  '/revoke-session': { action: 'session.revoked' },
  '/revoke-sessions': { action: 'session.revoked' },
  '/revoke-other-sessions': { action: 'session.revoked' },
  '/change-password': { action: 'password.changed', fails: true },
  '/update-user': { action: 'user.changed' },
};

interface KnownSession {
  session: { id: string; token: string };
  user: { id: string; email: string };
}

const oneSession = z.object({ token: z.string() });
const withEmail = z.object({ email: z.string() });
const errorBody = z.object({ code: z.string().optional(), message: z.string().optional() });

/** Who signs in, tries to and fails, signs out, ends sessions, changes a password. */
export class AuthAudit implements AuthHook {
  readonly #transact: Transact;
  /** As they were before the running requests changed them. */
  readonly #before = new WeakMap<Request, { own: KnownSession | undefined; revoked: string | undefined }>();

  constructor({ transact }: { transact: Transact }) {
    this.#transact = transact;
  }

  async before(context: HookContext): Promise<void> {
    if (!context.request || CHANGES[context.path] === undefined) return;
    const own = await ownSession(context);
    const asked = context.path === '/revoke-session' ? oneSession.safeParse(context.body).data : undefined;
    const revoked =
      asked === undefined ? null : await context.context.internalAdapter.findSession(asked.token);
    // Somebody else’s is not revoked, so it is not told.
    const isOwn = revoked?.user.id === own?.user.id;
    this.#before.set(context.request, { own, revoked: isOwn ? revoked?.session.id : undefined });
  }

  async after(context: HookContext): Promise<void> {
    if (!context.request) return;
    const signIn = SIGN_INS.find(([path]) => path.test(context.path));
    if (signIn !== undefined) await this.#signIn(context, signIn[1]);
    const change = CHANGES[context.path];
    if (change !== undefined) await this.#change(context, context.request, change);
  }

  async #signIn(context: HookContext, method: string): Promise<void> {
    const { newSession, returned } = context.context;
    // better-auth takes this session away again: the second factor is still to come.
    if (method === 'password' && newSession?.user.twoFactorEnabled === true) return;
    if (newSession) {
      const { user, session } = newSession;
      const by = { userId: user.id, email: user.email, via: 'session' as const, credentialId: session.id };
      await this.#append(bySource(context, by), {
        action: 'sign_in.succeeded',
        target: { kind: 'user', id: user.id, name: user.email },
        details: { method },
      });
      return;
    }
    // Neither an error nor a session: a second factor is asked for next.
    if (!isAPIError(returned)) return;
    const email = withEmail.safeParse(context.body).data?.email.toLowerCase();
    const account = email === undefined ? null : await context.context.internalAdapter.findUserByEmail(email);
    await this.#append(bySource(context, undefined), {
      action: 'sign_in.failed',
      ...failure(returned),
      target: { kind: 'user', id: account?.user.id, name: email },
      details: { method, reason: reasonOf(returned) },
    });
  }

  async #change(
    context: HookContext,
    request: Request,
    { action, fails }: { action: AuditAction; fails?: true },
  ): Promise<void> {
    const { own, revoked } = this.#before.get(request) ?? {};
    const { returned } = context.context;
    const hasFailed = isAPIError(returned);
    if (own === undefined || (hasFailed && fails !== true)) return;
    if (context.path === '/revoke-session' && revoked === undefined) return;
    const { user, session } = own;
    const by = { userId: user.id, email: user.email, via: 'session' as const, credentialId: session.id };
    const isOneSession = context.path === '/revoke-session';
    await this.#append(bySource(context, by), {
      action,
      ...(hasFailed ? failure(returned) : {}),
      target: isOneSession
        ? { kind: 'session', id: revoked }
        : { kind: 'user', id: user.id, name: user.email },
      details: detailsOf(context),
    });
  }

  async #append(by: AuditBy, fact: AuditFact): Promise<void> {
    await this.#transact(async (work) => appendAudit(work, by, fact));
  }
}

/** Every account, however it is made. */
export function createAccountAudit(transact: Transact) {
  return {
    id: 'podex-account-audit',
    init: () => ({
      options: {
        databaseHooks: {
          user: {
            create: {
              after: async ({ id, email, ...user }, context) => {
                // Without a request it is api itself that makes the account.
                const by = context ? bySource(context, undefined) : SYSTEM;
                const details = typeof user.role === 'string' ? { role: user.role } : {};
                await transact(async (work) =>
                  appendAudit(work, by, {
                    action: 'user.created',
                    target: { kind: 'user', id, name: email },
                    details,
                  }),
                );
              },
            },
          },
        },
      },
    }),
  } satisfies BetterAuthPlugin;
}

/** By whom and from where, as the request that better-auth sees says it. */
export function bySource(context: { request?: Request | undefined }, actor: AuditBy['actor']): AuditBy {
  const headers = context.request?.headers;
  return {
    actor,
    requestId: headers?.get(REQUEST_ID_HEADER) ?? undefined,
    source: {
      address: headers?.get(ADDRESS_HEADER) ?? '',
      userAgent: headers?.get('user-agent') ?? undefined,
    },
  };
}

/** Reading it as better-auth does would prolong it. */
async function ownSession(context: HookContext): Promise<KnownSession | undefined> {
  const { authCookies, secret, internalAdapter } = context.context;
  const token = await context.getSignedCookie(authCookies.sessionToken.name, secret);
  return token ? ((await internalAdapter.findSession(token)) ?? undefined) : undefined;
}

type ApiError = Error & { statusCode: number; body?: unknown; headers?: unknown };

function failure(error: ApiError): Pick<AuditFact, 'result' | 'errorCode'> {
  const isRedirect = error.statusCode < 400;
  const given = errorBody.safeParse(error.body).data ?? {};
  return {
    result: 'failed',
    errorCode: isRedirect ? 'invalid_credentials' : codeOf(error.statusCode, given),
  };
}

/** better-auth’s own code; a provider’s error stands in the address that the browser is sent to. */
function reasonOf(error: ApiError): string {
  const { code } = errorBody.safeParse(error.body).data ?? {};
  if (code !== undefined) return code;
  const location = new Headers(error.headers instanceof Headers ? error.headers : {}).get('location');
  const url = location === null ? null : URL.parse(location);
  return url?.searchParams.get('error') ?? `status_${error.statusCode}`;
}

function detailsOf({ path, body }: HookContext): NonNullable<AuditFact['details']> {
  if (path === '/revoke-sessions') return { which: 'all' };
  if (path === '/revoke-other-sessions') return { which: 'all_others' };
  const asked = z.object({ revoke_tokens: z.boolean() }).safeParse(body).data;
  if (path === '/change-password') return { revoke_tokens: asked?.revoke_tokens ?? false };
  if (path === '/update-user') return { changed: Object.keys(Object(body)) };
  return {};
}
