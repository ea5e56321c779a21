import type { Logger } from '@podex/service-kit/logger';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import type { DB } from './generated/rows.ts';
import { usePrepared } from './prepared.ts';

export type Db = Kysely<DB>;
export type Tx = Transaction<DB>;

export interface DatabaseOptions {
  url: string;
  logger: Logger;
  /** Connections of this process at most; requests above it wait. */
  maxConnections?: number;
}

export interface Database extends AsyncDisposable {
  db: Db;
  pool: pg.Pool;
  /** Resolves with the server’s version; throws when the database doesn’t respond. */
  check(): Promise<string>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than workers wait for work: the connections of a quiet process stay, as few as they are. */
const IDLE_CONNECTION_MS = 60_000;
/** No statement of api takes this long; one that does waits for a lock that will not come. */
const STATEMENT_TIMEOUT_MS = 60_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

const INT8 = 20;
/** Sequence numbers and counts stay far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format ?? 'text'),
};

/** Opens a pool; the first connection is made by the first query. */
export function connectDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 20,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'podex-api',
    types,
  });
  // A connection that breaks (the server restarts) would end the process, in use or not; the pool replaces it by itself.
  const onLost = (error: Error) => options.logger.warn({ err: error }, 'database.connection_lost');
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', onLost);
    usePrepared(client);
  });
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  const close = () => db.destroy();
  return {
    db,
    pool,
    async check() {
      const result = await pool.query<{ server_version: string }>('show server_version');
      return `PostgreSQL ${result.rows[0]?.server_version}`;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
