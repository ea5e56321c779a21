import { PodexError } from '@podex/contracts/errors';
import type { Session, SessionId } from '@podex/contracts/sessions';
import { sessionId } from '@podex/contracts/sessions';
import { appendAudit } from '../audit/append-audit.ts';
import type { Actor } from '../calls/actor.ts';
import type { Call } from '../calls/call.ts';
import { CREDENTIALS_CHANNEL } from '../connections/credentials-channel.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { deviceNameOf } from './device-name.ts';
import { requireLasting } from './lasting-credential.ts';
import { deleteSessionOf, deleteSessionsOf, listLiveSessions, type SessionRow } from './session-store.ts';

const LISTED_MAX = 200;

/** Where a person is signed in. */
export class SessionService {
  readonly #db: Db;
  readonly #transact: Transact;

  constructor({ db, transact }: { db: Db; transact: Transact }) {
    this.#db = db;
    this.#transact = transact;
  }

  async list({ actor }: Call): Promise<{ items: Session[]; next: null }> {
    const rows = await listLiveSessions(this.#db, actor.userId, LISTED_MAX);
    return { items: rows.map((row) => presentSession(row, currentSession(actor))), next: null };
  }

  /** @throws PodexError session_not_found. */
  async end(id: SessionId, call: Call): Promise<void> {
    requireLasting(call.actor);
    await this.#transact(async (work) => {
      if (!(await deleteSessionOf(work.tx, call.actor.userId, id))) {
        throw new PodexError('session_not_found', 'This session has ended already.', {});
      }
      appendAudit(work, call, { action: 'session.revoked', target: { kind: 'session', id } });
      work.wake(CREDENTIALS_CHANNEL);
    });
  }

  /** All but the one that the caller uses; with a token, all of them. */
  async endOthers(call: Call): Promise<void> {
    const { actor } = call;
    requireLasting(actor);
    const exceptId = currentSession(actor);
    await this.#transact(async (work) => {
      await deleteSessionsOf(work.tx, actor.userId, { exceptId });
      appendAudit(work, call, {
        action: 'session.revoked',
        target: { kind: 'user', id: actor.userId, name: actor.email },
        details: { which: exceptId === undefined ? 'all' : 'all_others' },
      });
      work.wake(CREDENTIALS_CHANNEL);
    });
  }
}

function currentSession(actor: Actor): string | undefined {
  return actor.credentialKind === 'session' ? actor.credentialId : undefined;
}

function presentSession(row: SessionRow, current: string | undefined): Session {
  return {
    id: sessionId.parse(row.id),
    is_current: row.id === current,
    device: deviceNameOf(row.user_agent),
    address: row.ip_address === '' ? null : row.ip_address,
    method: row.sign_in_method,
    created_at: row.created_at.toISOString(),
    last_used_at: (row.last_used_at ?? row.updated_at).toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
