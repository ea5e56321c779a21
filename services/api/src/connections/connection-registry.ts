import type { WorkspaceRelation } from '@podex/contracts/access';
import type { TokenScope, UserRole } from '@podex/contracts/accounts';
import { PodexError } from '@podex/contracts/errors';
import type { UserId } from '@podex/contracts/ids';
import type { SettingValues } from '@podex/contracts/settings';
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
 * own; a `subscription` is one topic of a live socket and counts towards no limit, and a `preview` towards that of its workspace.
 */
export type ConnectionKind =
  | 'live_socket'
  | 'event_stream'
  | 'terminal'
  | 'forwarded'
  | 'call'
  | 'subscription'
  | 'preview';

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
 * With the setting `max_connections_per_user`: per process and exact in it; with several replicas a user may have as many times more. So they keep one user from exhausting a
 * process, which is what they are for.
 */
export const CONNECTION_LIMITS = {
  longLivedPerCredential: 64,
  requestsPerUser: 200,
} as const;

const LONG_LIVED: ReadonlySet<ConnectionKind> = new Set(['live_socket', 'event_stream', 'terminal']);

export function credentialOf(actor: Actor): Credential {
  const { credentialKind: kind, credentialId: id, userId, role, scopes, expiresAt } = actor;
  return { kind, id, userId, role, scopes, expiresAt };
}

export interface ConnectionSettings {
  readonly values: Pick<Readonly<SettingValues>, 'max_connections_per_user'>;
}

/** Everything open in this process that was opened with a credential, and may not outlast it. */
export class ConnectionRegistry {
  readonly #settings: ConnectionSettings;
  readonly #open = new Set<RegisteredConnection>();
  readonly #longLivedOfUser = new Map<string, number>();
  readonly #longLivedOfCredential = new Map<string, number>();
  readonly #requestsOfUser = new Map<string, number>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

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
      requireRoom(
        this.#longLivedOfUser,
        userId,
        this.#settings.values.max_connections_per_user,
        LIMITS.perUser,
      );
      requireRoom(
        this.#longLivedOfCredential,
        credential.id,
        CONNECTION_LIMITS.longLivedPerCredential,
        LIMITS.perCredential,
      );
      taken.push(take(this.#longLivedOfUser, userId), take(this.#longLivedOfCredential, credential.id));
    } else if (what !== 'subscription' && what !== 'preview') {
      requireRoom(this.#requestsOfUser, userId, CONNECTION_LIMITS.requestsPerUser, LIMITS.requests);
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
}

interface Limit {
  name: string;
  explain: (max: number) => string;
}

const LIMITS: Readonly<Record<'perUser' | 'perCredential' | 'requests', Limit>> = {
  perUser: {
    name: 'max_connections_per_user',
    explain: (max) => `You have ${max} terminals, event streams and live sockets open. Close some first.`,
  },
  perCredential: {
    name: 'connections_per_credential',
    explain: (max) =>
      `This session or token has ${max} terminals, event streams and live sockets open. Close some first.`,
  },
  requests: {
    name: 'requests_per_user',
    explain: (max) => `You have ${max} requests in progress. Wait until some have ended.`,
  },
};

/** @throws PodexError limit_reached. */
function requireRoom(
  counts: ReadonlyMap<string, number>,
  key: string,
  max: number,
  { name, explain }: Limit,
): void {
  if ((counts.get(key) ?? 0) < max) return;
  throw new PodexError('limit_reached', explain(max), { limit: name, max });
}

/** @returns what gives it back. */
function take(counts: Map<string, number>, key: string): () => void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return () => {
    const left = (counts.get(key) ?? 0) - 1;
    if (left > 0) counts.set(key, left);
    else counts.delete(key);
  };
}
