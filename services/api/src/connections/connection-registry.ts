import type { WorkspaceRelation } from '@podex/contracts/access';
import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import type { UserId } from '@podex/contracts/ids';
import type { Actor } from '../calls/actor.ts';
import type { EndReason } from '../calls/request-end.ts';

/** What a connection was opened with, and what that was good for at the time. */
export interface Credential {
  kind: 'session' | 'token';
  id: string;
  userId: UserId;
  role: UserRole;
  scopes: readonly TokenScope[];
  /** Earlier than the end of the session or token. */
  expiresAt?: Date | undefined;
}

/**
 * `live_socket`, `event_stream` and `terminal` last; `forwarded` and `call` are requests in flight, through to a workspace or api’s
 * own; a `subscription` is one topic of a live socket and counts towards no limit.
 */
export type ConnectionKind =
  | 'live_socket'
  | 'event_stream'
  | 'terminal'
  | 'forwarded'
  | 'call'
  | 'subscription';

/** For people, and short enough for a WebSocket close frame (123 bytes). */
export const END_MESSAGES: Readonly<Record<EndReason, string>> = {
  credential_ended: 'The session or token has ended. Sign in again.',
  rights_changed: 'Your rights have changed. Connect again.',
  two_factor_required: 'Two-factor authentication is required here. Set it up on the account page.',
  workspace_gone: 'The workspace was deleted, or is no longer shared with you.',
  not_verified: 'Podex cannot verify the session at present. Connect again.',
};

/** WebSocket close code for every end by api’s own decision. */
export const ENDED_CLOSE_CODE = 4401;

export interface WorkspaceView {
  workspaceId: string;
  atLeast: WorkspaceRelation;
}

export interface OpenConnection {
  credential: Credential;
  what: ConnectionKind;
  /** The workspace it is about, and what its user must be to it: it ends when they are that no more. */
  view?: WorkspaceView | undefined;
  /** Of the client; for the log. */
  address: string;
  /** Called once at most. Must not throw. */
  close(reason: EndReason): void;
}

export interface RegisteredConnection {
  connection: OpenConnection;
  /** Of `performance.now()`. */
  registeredAt: number;
}

/**
 * Per process and exact in it; with several replicas a user may have as many times more. So they keep one user from exhausting a
 * process, which is what they are for.
 */
export const CONNECTION_LIMITS = {
  longLivedPerUser: 100,
  longLivedPerCredential: 64,
  requestsPerUser: 200,
} as const;

const LONG_LIVED: ReadonlySet<ConnectionKind> = new Set(['live_socket', 'event_stream', 'terminal']);

export function credentialOf(actor: Actor): Credential {
  const { credentialKind: kind, credentialId: id, userId, role, scopes, expiresAt } = actor;
  return { kind, id, userId, role, scopes, expiresAt };
}

/** Everything open in this process that was opened with a credential, and may not outlast it. */
export class ConnectionRegistry {
  readonly #open = new Set<RegisteredConnection>();
  readonly #longLivedOfUser = new Map<string, number>();
  readonly #longLivedOfCredential = new Map<string, number>();
  readonly #requestsOfUser = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  /** How many counters are held; none when nothing is open. */
  get counters(): number {
    return this.#longLivedOfUser.size + this.#longLivedOfCredential.size + this.#requestsOfUser.size;
  }

  /**
   * Dispose the result when the connection has ended, for whatever reason; twice does no harm.
   *
   * @throws PodexError limit_reached.
   */
  register(connection: OpenConnection): Disposable {
    const { what, credential } = connection;
    const { userId } = credential;
    const taken: (() => void)[] = [];
    if (LONG_LIVED.has(what)) {
      this.#requireRoom(this.#longLivedOfUser, userId, 'longLivedPerUser');
      this.#requireRoom(this.#longLivedOfCredential, credential.id, 'longLivedPerCredential');
      taken.push(take(this.#longLivedOfUser, userId), take(this.#longLivedOfCredential, credential.id));
    } else if (what !== 'subscription') {
      this.#requireRoom(this.#requestsOfUser, userId, 'requestsPerUser');
      taken.push(take(this.#requestsOfUser, userId));
    }
    const registered = { connection, registeredAt: performance.now() };
    this.#open.add(registered);
    return {
      [Symbol.dispose]: () => {
        this.#open.delete(registered);
        for (const release of taken.splice(0)) release();
      },
    };
  }

  /** As it is now; connections may come and go while one walks over it. */
  list(): readonly RegisteredConnection[] {
    return [...this.#open];
  }

  #requireRoom(
    counts: ReadonlyMap<string, number>,
    key: string,
    limit: keyof typeof CONNECTION_LIMITS,
  ): void {
    const max = CONNECTION_LIMITS[limit];
    if ((counts.get(key) ?? 0) < max) return;
    throw new PodexError('limit_reached', LIMIT_MESSAGES[limit], { limit: LIMIT_NAMES[limit], max });
  }
}

const LIMIT_NAMES = {
  longLivedPerUser: 'connections_per_user',
  longLivedPerCredential: 'connections_per_credential',
  requestsPerUser: 'requests_per_user',
} as const satisfies Record<keyof typeof CONNECTION_LIMITS, string>;

const LIMIT_MESSAGES: Readonly<Record<keyof typeof CONNECTION_LIMITS, string>> = {
  longLivedPerUser: `You have ${CONNECTION_LIMITS.longLivedPerUser} terminals, event streams and live sockets open. Close some first.`,
  longLivedPerCredential: `This session or token has ${CONNECTION_LIMITS.longLivedPerCredential} terminals, event streams and live sockets open. Close some first.`,
  requestsPerUser: `You have ${CONNECTION_LIMITS.requestsPerUser} requests in progress. Wait until some have ended.`,
};

/** @returns what gives it back. */
function take(counts: Map<string, number>, key: string): () => void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return () => {
    const left = (counts.get(key) ?? 0) - 1;
    if (left > 0) counts.set(key, left);
    else counts.delete(key);
  };
}
