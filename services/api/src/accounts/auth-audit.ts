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
import { findSecondFactorUser } from './two-factor-challenge.ts';

/** Endpoints that end with a session, and how people prove there who they are. */
const SIGN_INS: readonly (readonly [path: RegExp, method: string])[] = [
  [/^\/sign-in\/email$/, 'password'],
  [/^\/(oauth2\/)?callback\//, 'provider'],
  [/^\/two-factor\/verify-/, 'second_factor'],
  [/^\/passkey\/verify-authentication$/, 'passkey'],
];

/** What people change about their own account, while signed in. */
const CHANGES: Readonly<Record<string, { action: AuditAction; told: 'success' | 'failure' | 'both' }>> = {
  '/sign-out': { action: 'sign_out', told: 'success' },
  '/change-password': { action: 'password.changed', told: 'both' },
  '/update-user': { action: 'user.changed', told: 'success' },
  // It is on only once a code of the app was entered.
  '/two-factor/enable': { action: 'mfa.enabled', told: 'failure' },
  '/two-factor/disable': { action: 'mfa.disabled', told: 'both' },
  '/two-factor/generate-backup-codes': { action: 'mfa.backup_codes_created', told: 'both' },
  '/passkey/verify-registration': { action: 'passkey.added', told: 'both' },
  '/passkey/delete-passkey': { action: 'passkey.removed', told: 'success' },
  '/passkey/update-passkey': { action: 'passkey.changed', told: 'success' },
  '/unlink-account': { action: 'provider.unlinked', told: 'success' },
};

const VERIFY_CODE = /^\/two-factor\/verify-/;
const VERIFY_TOTP = '/two-factor/verify-totp';
const VERIFY_RECOVERY_CODE = '/two-factor/verify-backup-code';
const RESET = '/reset-password';
const REQUEST_RESET = '/request-password-reset';
/** Errors of a callback that was to link, not to sign in. */
const LINK_ERROR = /^(link_|account_already_linked|unable_to_link|email_doesn't_match)/;

interface KnownSession {
  session: { id: string; token: string };
  user: { id: string; email: string };
}

interface Person {
  id: string;
  email: string;
}

interface Before {
  own: KnownSession | undefined;
  /** Whom a code, or a link for a new password, is of. */
  subject: Person | undefined;
  /** What an account is unlinked from. */
  provider: string | undefined;
}

const withEmail = z.object({ email: z.string() });
const withToken = z.object({ token: z.string() });
const withAccount = z.object({ accountId: z.string() });
const withPasskey = z.object({ id: z.string(), name: z.string().nullish() });
const errorBody = z.object({ code: z.string().optional(), message: z.string().optional() });

/** Who signs in, tries to and fails, signs out, and changes how they sign in. */
export class AuthAudit implements AuthHook {
  readonly #transact: Transact;
  /** As it was before the running requests changed it. */
  readonly #before = new WeakMap<Request, Before>();

  constructor({ transact }: { transact: Transact }) {
    this.#transact = transact;
  }

  async before(context: HookContext): Promise<void> {
    const { path, request } = context;
    if (!request) return;
    const isSignIn = SIGN_INS.some(([pattern]) => pattern.test(path));
    if (!isSignIn && CHANGES[path] === undefined && path !== RESET) return;
    const own = await ownSession(context);
    const subject = await findSubject(context);
    const provider = own && path === '/unlink-account' ? await findProvider(context, own.user.id) : undefined;
    this.#before.set(request, { own, subject, provider });
  }

  async after(context: HookContext): Promise<void> {
    if (!context.request) return;
    const before = this.#before.get(context.request);
    const signIn = SIGN_INS.find(([path]) => path.test(context.path));
    if (signIn !== undefined) await this.#signIn(context, signIn[1], before);
    const change = CHANGES[context.path];
    if (change !== undefined && before?.own !== undefined) {
      await this.#change(context, { ...before, own: before.own }, change);
    }
    if (isAPIError(context.context.returned)) return;
    if (context.path === REQUEST_RESET) {
      await this.#append(bySource(context, undefined), {
        action: 'password.reset_requested',
        target: await targetInBody(context),
      });
    }
    if (context.path === RESET) {
      await this.#append(bySource(context, undefined), {
        action: 'password.reset',
        target: targetOf(before?.subject),
      });
    }
  }

  async #signIn(context: HookContext, method: string, before: Before | undefined): Promise<void> {
    const { newSession, returned } = context.context;
    // better-auth takes this session away again: the second factor is still to come.
    if (method === 'password' && newSession?.user.twoFactorEnabled === true) return;
    if (isAPIError(returned) && newSession === null) {
      await this.#failedSignIn(context, returned, method, before);
      return;
    }
    if (context.path === VERIFY_RECOVERY_CODE) {
      await this.#append(bySource(context, actorOf(before?.own)), {
        action: 'mfa.recovery_code_used',
        target: targetOf(before?.subject),
      });
    }
    if (newSession) {
      const by = bySource(context, actorOf(newSession));
      const target = targetOf(newSession.user);
      const isSignedInAlready = VERIFY_CODE.test(context.path) && before?.own !== undefined;
      // Then the first code of a new app turns it on.
      if (!isSignedInAlready) {
        await this.#append(by, { action: 'sign_in.succeeded', target, details: { method } });
      } else if (context.path === VERIFY_TOTP) await this.#append(by, { action: 'mfa.enabled', target });
    }
    // Neither an error nor a session: a second factor is asked for next.
  }

  async #failedSignIn(
    context: HookContext,
    returned: ApiError,
    method: string,
    before: Before | undefined,
  ): Promise<void> {
    // A provider was linked, or sent an answer that leads on.
    if (isGoodRedirect(returned)) return;
    const reason = reasonOf(returned);
    const failed = { ...failure(returned), details: { method, reason } };
    const own = bySource(context, actorOf(before?.own));
    if (VERIFY_CODE.test(context.path)) {
      await this.#append(own, { action: 'mfa.failed', ...failed, target: targetOf(before?.subject) });
    } else if (method === 'provider' && LINK_ERROR.test(reason)) {
      await this.#append(own, { action: 'provider.linked', ...failed, target: targetOf(before?.own?.user) });
    } else {
      const target = await targetInBody(context);
      await this.#append(bySource(context, undefined), { action: 'sign_in.failed', ...failed, target });
    }
  }

  async #change(
    context: HookContext,
    before: Before & { own: KnownSession },
    { action, told }: { action: AuditAction; told: 'success' | 'failure' | 'both' },
  ): Promise<void> {
    const { returned } = context.context;
    const hasFailed = isAPIError(returned);
    if (told === (hasFailed ? 'success' : 'failure')) return;
    await this.#append(bySource(context, actorOf(before.own)), {
      action,
      ...(hasFailed ? failure(returned) : {}),
      target: changedThing(context, before),
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
          account: {
            create: {
              after: async ({ providerId, userId }, context) => {
                if (providerId === 'credential' || !context) return;
                const owner = (await context.context.internalAdapter.findUserById(userId)) ?? undefined;
                const own = await ownSession(context);
                const actor = own?.user.id === userId ? actorOf(own) : undefined;
                await transact(async (work) =>
                  appendAudit(work, bySource(context, actor), {
                    action: 'provider.linked',
                    target: { kind: 'provider', name: providerId },
                    details: { user_id: userId, email: owner?.email ?? null },
                  }),
                );
              },
            },
          },
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

/** A code that is refused before better-auth sees it. */
export function createWrongCodeAudit(transact: Transact) {
  return async (context: HookContext, userId: string): Promise<void> => {
    const owner = (await context.context.internalAdapter.findUserById(userId)) ?? undefined;
    const own = await ownSession(context);
    await transact(async (work) =>
      appendAudit(work, bySource(context, actorOf(own)), {
        action: 'mfa.failed',
        result: 'failed',
        errorCode: 'invalid_credentials',
        target: targetOf(owner),
        details: { reason: 'INVALID_CODE' },
      }),
    );
  };
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

type SessionContext = Pick<HookContext, 'context' | 'getSignedCookie'>;

/** Reading it as better-auth does would prolong it. */
async function ownSession(context: SessionContext): Promise<KnownSession | undefined> {
  const { authCookies, secret, internalAdapter } = context.context;
  const token = await context.getSignedCookie(authCookies.sessionToken.name, secret);
  return token ? ((await internalAdapter.findSession(token)) ?? undefined) : undefined;
}

/** Whom a code is tried for, or whose password a link sets. */
async function findSubject(context: HookContext): Promise<Person | undefined> {
  const { internalAdapter } = context.context;
  let id: string | undefined;
  if (VERIFY_CODE.test(context.path)) id = await findSecondFactorUser(context);
  if (context.path === RESET) {
    const token = withToken.safeParse(context.body).data?.token ?? '';
    id = (await internalAdapter.findVerificationValue(`reset-password:${token}`))?.value;
  }
  return id === undefined ? undefined : ((await internalAdapter.findUserById(id)) ?? undefined);
}

async function findProvider(context: HookContext, userId: string): Promise<string | undefined> {
  const id = withAccount.safeParse(context.body).data?.accountId;
  const accounts = await context.context.internalAdapter.findAccounts(userId);
  return accounts.find((account) => account.id === id)?.providerId;
}

function actorOf(own: KnownSession | undefined) {
  if (own === undefined) return undefined;
  const { user, session } = own;
  return { userId: user.id, email: user.email, via: 'session' as const, credentialId: session.id };
}

function targetOf(person: Person | undefined): AuditFact['target'] {
  return { kind: 'user', id: person?.id, name: person?.email };
}

/** The account of the address that was entered, if there is one. */
async function targetInBody({ body, context }: HookContext): Promise<AuditFact['target']> {
  const email = withEmail.safeParse(body).data?.email.toLowerCase();
  const account = email === undefined ? null : await context.internalAdapter.findUserByEmail(email);
  return { kind: 'user', id: account?.user.id, name: email };
}

function changedThing(
  context: HookContext,
  { own, provider }: Before & { own: KnownSession },
): AuditFact['target'] {
  if (context.path === '/unlink-account') return { kind: 'provider', name: provider };
  if (!context.path.startsWith('/passkey/')) return targetOf(own.user);
  const isNew = context.path === '/passkey/verify-registration';
  const passkey = withPasskey.safeParse(isNew ? context.context.returned : context.body).data;
  return { kind: 'passkey', id: passkey?.id, name: passkey?.name ?? undefined };
}

function isGoodRedirect(error: ApiError): boolean {
  return error.statusCode < 400 && reasonOf(error) === `status_${error.statusCode}`;
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
  const asked = z.object({ revoke_tokens: z.boolean() }).safeParse(body).data;
  if (path === '/change-password') return { revoke_tokens: asked?.revoke_tokens ?? false };
  if (path === '/update-user') return { changed: Object.keys(Object(body)) };
  return {};
}
