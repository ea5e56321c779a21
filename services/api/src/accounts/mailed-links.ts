import { type UserId, userId } from '@podex/contracts/ids';
import { appendAudit } from '../audit/append-audit.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { Mailing } from '../mail/mail.ts';
import {
  accountExistsMail,
  LINK_LIFETIME_SECONDS,
  type Mail,
  newSignInMail,
  resetMail,
  verifyMail,
} from '../mail/templates.ts';
import { bySource } from './auth-audit.ts';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { deleteResetLinksOfUser, isActive } from './standing-store.ts';
import type { CredentialEnds } from './token-revocation.ts';
import { proveAddress } from './user-store.ts';

/** A sign-in to an account younger than this is that of the person who has just made it. */
const NEW_ACCOUNT_MS = 60 * 60_000;

export interface MailedLinksOptions {
  mailing: Mailing;
  db: Db;
  transact: Transact;
  frontendOrigin: string;
  credentials: CredentialEnds;
  /** The owner of the address is back: what strangers guessed does not count any more. */
  forgetAttempts(email: string): Promise<void>;
}

interface Person {
  email: string;
  emailVerified: boolean;
}

/**
 * What better-auth does by mail. Every link is made from FRONTEND_URL and leads to the page, whatever Host the request named; its
 * secret stands behind the #, which browsers send to no server: neither logs nor referrers learn it.
 */
export class MailedLinks {
  readonly #options: MailedLinksOptions;
  /** Resets that are to end the bearer tokens as well. */
  readonly #endingTokens = new WeakSet<Request>();

  constructor(options: MailedLinksOptions) {
    this.#options = options;
  }

  /** For better-auth’s `emailAndPassword`. */
  passwords() {
    const { frontendOrigin: page } = this.#options;
    return {
      requireEmailVerification: this.#options.mailing.isDelivered,
      resetPasswordTokenExpiresIn: LINK_LIFETIME_SECONDS,
      sendResetPassword: async ({ user, token }: { user: Person & { id: string }; token: string }) => {
        if (await this.#isActive(userId.parse(user.id)))
          await this.#send(user.email, resetMail({ link: `${page}/reset-password#token=${token}` }));
      },
      onExistingUserSignUp: ({ user }: { user: Person }) =>
        this.#send(
          user.email,
          accountExistsMail({ signIn: `${page}/sign-in`, forgot: `${page}/forgot-password` }),
        ),
      onPasswordReset: ({ user }: { user: { id: string; email: string } }, request?: Request) =>
        this.#passwordWasReset(userId.parse(user.id), user.email, request),
    };
  }

  /** For better-auth’s `emailVerification`. */
  verification() {
    const { frontendOrigin: page } = this.#options;
    return {
      expiresIn: LINK_LIFETIME_SECONDS,
      sendOnSignIn: this.#options.mailing.isDelivered,
      afterEmailVerification: async ({ id, email }: { id: string; email: string }, request?: Request) => {
        await this.#options.transact(async (work) =>
          appendAudit(work, bySource({ request }, undefined), {
            action: 'email.verified',
            target: { kind: 'user', id, name: email },
          }),
        );
      },
      sendVerificationEmail: async ({ user, token }: { user: Person; token: string }) => {
        // The invited proved their address with the invitation.
        if (user.emailVerified) return;
        await this.#send(user.email, verifyMail({ link: `${page}/verify-email#token=${token}` }));
      },
    };
  }

  /** Reads what a reset asks for, which better-auth does not hand on. */
  readonly hook: AuthHook = {
    before: ({ path, body, request }: HookContext) => {
      if (path === '/reset-password' && request !== undefined && body?.revoke_tokens === true) {
        this.#endingTokens.add(request);
      }
      return Promise.resolve();
    },
  };

  /** After a sign-in from a browser that has not signed in to the account before. */
  async tellOfNewBrowser(signIn: {
    user: { email: string; createdAt: Date };
    session: { ipAddress?: string | null | undefined; userAgent?: string | null | undefined };
  }): Promise<void> {
    const { user, session } = signIn;
    const at = new Date();
    if (at.getTime() - user.createdAt.getTime() < NEW_ACCOUNT_MS) return;
    const facts = { at, address: session.ipAddress ?? '', userAgent: session.userAgent ?? '' };
    await this.#send(
      user.email,
      newSignInMail({ ...facts, page: `${this.#options.frontendOrigin}/account` }),
    );
  }

  /** Sessions have ended by now. Tokens made before the address was proven may be those of the person who took it first. */
  async #passwordWasReset(id: UserId, email: string, request: Request | undefined): Promise<void> {
    const { db, credentials, forgetAttempts } = this.#options;
    const wasProven = !(await proveAddress(db, id));
    const isAsked = request !== undefined && this.#endingTokens.has(request);
    if (isAsked || !wasProven) await credentials.revokeTokens(id);
    await deleteResetLinksOfUser(db, id);
    await forgetAttempts(email);
    credentials.ended();
  }

  /** A suspended person gets no link: what was made for it goes, and the response stays the same. */
  async #isActive(id: UserId): Promise<boolean> {
    const { db } = this.#options;
    if (await isActive(db, id)) return true;
    await deleteResetLinksOfUser(db, id);
    return false;
  }

  async #send(recipient: string, mail: Mail): Promise<void> {
    const { transact, mailing } = this.#options;
    await transact((work) => mailing.outbox.enqueue(work, recipient, mail));
  }
}
