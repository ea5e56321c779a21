import type { TokenScope } from '@podex/contracts/accounts';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { coversRelation } from '../access/relations.ts';
import type { Bus } from '../bus/bus.ts';
import type { EndReason } from '../calls/request-end.ts';
import { coversScopes } from '../calls/scopes.ts';
import type { Db } from '../database/connect.ts';
import type { TwoFactorRule } from '../http/two-factor-rule.ts';
import type { ConnectionRegistry, OpenConnection, RegisteredConnection } from './connection-registry.ts';
import { type Asked, readStanding, type Standing, viewKey } from './credential-store.ts';
import { CREDENTIALS_CHANNEL } from './credentials-channel.ts';

/**
 * The bus tells at once; this bounds how long a lost message, a row deleted by hand or the end of its time goes unnoticed. The cost
 * is two statements each time, and none at all while nothing is open.
 */
const LOOK_EVERY_MS = 1_250;
/** Who deletes their own token gets the response first: a connection younger than this is left to the next look. */
const YOUNG_MS = 500;
/** Longer than PostgreSQL takes to restart or fail over. After it nobody knows who was revoked, so everything ends. */
const UNVERIFIED_MS_MAX = 60_000;

export interface CredentialWatchOptions {
  db: Db;
  bus: Pick<Bus, 'subscribe'>;
  registry: ConnectionRegistry;
  /** Reads again what this process holds of the platform’s settings, `twoFactor`’s among them. */
  readSettings(): Promise<unknown>;
  twoFactor: Pick<TwoFactorRule, 'mustSetUp'>;
  background: Background;
  logger: Logger;
}

/** Ends connections of this process within two seconds of the end of what they rest on. */
export class CredentialWatch {
  readonly #options: CredentialWatchOptions;
  #verifiedAt = performance.now();
  #isTold = false;
  #notify: (() => void) | undefined;

  constructor(options: CredentialWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { background, bus } = this.#options;
    background.run('watch-credentials', async (signal) => {
      using _told = bus.subscribe(CREDENTIALS_CHANNEL, () => {
        this.#isTold = true;
        this.#notify?.();
      });
      while (!signal.aborted) {
        const lookedAt = performance.now();
        this.#isTold = false;
        await this.#look();
        await this.#untilNext(LOOK_EVERY_MS - (performance.now() - lookedAt), signal);
      }
    });
  }

  async #untilNext(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isTold || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const onAbort = () => resolve();
    const timer = setTimeout(resolve, Math.max(0, ms));
    this.#notify = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#notify = undefined;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #look(): Promise<void> {
    const { registry, db, logger, readSettings, twoFactor } = this.#options;
    const open = registry.list();
    if (open.length === 0) {
      this.#verifiedAt = performance.now();
      return;
    }
    try {
      const [standing] = await Promise.all([readStanding(db, askedOf(open)), readSettings()]);
      this.#verifiedAt = performance.now();
      for (const one of open) this.#end(one, reasonToEnd(one.connection, standing, twoFactor));
    } catch (error) {
      logger.warn({ err: error }, 'connections.not_verified');
      if (performance.now() - this.#verifiedAt < UNVERIFIED_MS_MAX) return;
      for (const one of registry.list()) this.#end(one, 'not_verified');
    }
  }

  #end({ connection, registeredAt }: RegisteredConnection, reason: EndReason | undefined): void {
    if (reason === undefined || performance.now() - registeredAt < YOUNG_MS) return;
    const { credential, what, address } = connection;
    this.#options.logger.info({ user_id: credential.userId, what, address, reason }, 'connections.ended');
    connection.close(reason);
  }
}

function askedOf(open: readonly RegisteredConnection[]) {
  const ids = (kind: 'token' | 'session') => [
    ...new Set(
      open.flatMap(({ connection: { credential } }) => (credential.kind === kind ? [credential.id] : [])),
    ),
  ];
  const views = new Map<string, Asked['views'][number]>();
  for (const { connection } of open) {
    const { view, credential } = connection;
    if (view === undefined) continue;
    const { workspaceId } = view;
    views.set(viewKey(workspaceId, credential.userId), { workspaceId, userId: credential.userId });
  }
  return { tokens: ids('token'), sessions: ids('session'), views: [...views.values()] };
}

function reasonToEnd(
  { credential, view }: OpenConnection,
  { credentials, relations }: Standing,
  twoFactor: CredentialWatchOptions['twoFactor'],
): EndReason | undefined {
  const now = credentials.get(credential.id);
  const isOver = credential.expiresAt !== undefined && credential.expiresAt.getTime() <= Date.now();
  if (now === undefined || isOver) return 'credential_ended';
  // A JWT may be good for less than what it was made with.
  if (now.role !== credential.role || isLess(now.scopes, credential.scopes)) return 'rights_changed';
  if (twoFactor.mustSetUp(now)) return 'two_factor_required';
  if (view === undefined) return undefined;
  const relation = relations.get(viewKey(view.workspaceId, credential.userId));
  if (relation === undefined) return 'workspace_gone';
  return coversRelation(relation, view.atLeast) ? undefined : 'rights_changed';
}

function isLess(now: readonly TokenScope[], before: readonly TokenScope[]): boolean {
  return before.some((scope) => !coversScopes(now, [scope]));
}
