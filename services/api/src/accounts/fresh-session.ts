import { APIError, getSessionFromCtx, isAPIError } from 'better-auth/api';
import type { Db } from '../database/connect.ts';
import { findEndpoint } from './auth-endpoints.ts';
import type { AuthHook, HookContext } from './auth-hooks.ts';
import { confirmSession, findPasswordChange, isFreshSession } from './two-factor-store.ts';

/** For so long after a sign-in, or after the password was entered again, a session may change how its user signs in. */
const FRESH_SECONDS = 10 * 60;

const VERIFY_PASSWORD = '/verify-password';

/** Keeps who finds an open browser from adding a way in of their own. */
export class FreshSessions implements AuthHook {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async before(context: HookContext): Promise<void> {
    const need = findEndpoint(context.path)?.fresh;
    if (!context.request || need === undefined) return;
    const session = await getSessionFromCtx(context);
    // Without a session better-auth refuses.
    if (session === null) return;
    const { user, session: own } = session;
    if (need === 'without_password' && (await findPasswordChange(this.#db, user.id)) !== undefined) return;
    if (await isFreshSession(this.#db, own.id, FRESH_SECONDS)) return;
    throw new APIError('FORBIDDEN', { code: 'SESSION_NOT_FRESH' });
  }

  async after(context: HookContext): Promise<void> {
    if (context.path !== VERIFY_PASSWORD || isAPIError(context.context.returned)) return;
    const session = await getSessionFromCtx(context);
    if (session !== null) await confirmSession(this.#db, session.session.id);
  }
}
