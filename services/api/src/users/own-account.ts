import { PodexError } from '@podex/contracts/errors';
import type { DeleteMeInput } from '@podex/contracts/users';
import type { Auth } from '../accounts/auth.ts';
import { toPodexResponse } from '../accounts/auth-errors.ts';
import { type AuthRequestOptions, parseAuthRequest } from '../accounts/auth-request.ts';
import { isFreshSession, lockAdmins, lockUsers } from '../accounts/standing-store.ts';
import type { Call } from '../calls/call.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { requireNotLastAdmin } from './user-admin.ts';
import { endUser } from './user-ending.ts';

/** For so long after signing in nobody is asked for the password again. */
const FRESH_MINUTES = 10;

export interface OwnAccountOptions extends AuthRequestOptions {
  db: Db;
  transact: Transact;
  auth: Auth;
}

/** The request that asks, and where it comes from. */
export interface Asker {
  request: Request;
  address: string;
}

/** What people do with their own account, beside what better-auth does. */
export class OwnAccount {
  readonly #options: OwnAccountOptions;

  constructor(options: OwnAccountOptions) {
    this.#options = options;
  }

  /** @throws PodexError forbidden, invalid_credentials, rate_limited, last_admin. */
  async delete({ password }: DeleteMeInput, call: Call, asker: Asker): Promise<void> {
    const { actor } = call;
    if (actor.via !== 'session') {
      throw new PodexError(
        'forbidden',
        'A token cannot delete its owner’s account. Sign in on the page.',
        {},
      );
    }
    if (password !== undefined) await this.#requirePassword(password, call, asker);
    else await this.#requireFresh(call);
    await this.#options.transact(async (work) => {
      await lockAdmins(work.tx);
      const user = (await lockUsers(work.tx, [actor.userId])).get(actor.userId);
      if (user?.is_active !== true) {
        throw new PodexError('unauthenticated', 'This account was suspended or deleted meanwhile.', {});
      }
      await requireNotLastAdmin(work.tx, user);
      await endUser(work, call, user, { workspaces: 'delete' });
    });
  }

  async #requireFresh({ actor }: Call): Promise<void> {
    if (await isFreshSession(this.#options.db, actor.credentialId, FRESH_MINUTES)) return;
    const message = `Enter your password, or sign out, sign in again and delete the account within ${FRESH_MINUTES} minutes.`;
    throw new PodexError('forbidden', message, {});
  }

  /** Asks better-auth as the page would, so that a try counts as any other. */
  async #requirePassword(password: string, { requestId }: Call, { request, address }: Asker): Promise<void> {
    const { auth, allowedOrigins } = this.#options;
    const headers = new Headers(request.headers);
    headers.delete('content-length');
    headers.set('content-type', 'application/json');
    const check = new Request(new URL('/api/auth/verify-password', request.url), {
      method: 'POST',
      headers,
      body: JSON.stringify({ password }),
    });
    const parsed = await parseAuthRequest(check, address, this.#options);
    if (parsed === undefined) throw new Error('better-auth has no /verify-password');
    const response = await toPodexResponse(await auth.handler(parsed), requestId, allowedOrigins);
    if (!response.ok) throw PodexError.fromBody(await response.json());
  }
}
