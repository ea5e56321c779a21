import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { getMigrations } from 'better-auth/db/migration';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { generateRows } from '../../scripts/generate-rows.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { buildAuthOptions } from '../accounts/auth.ts';
import { createRegistrationGate } from '../accounts/registration-gate.ts';
import { loadConfig } from '../config.ts';
import { connectDatabase } from './connect.ts';
import { migrateToLatest } from './migrate.ts';
import { toJson, toText } from './storable.ts';

describe('the database', () => {
  const postgres = setUpPostgres();
  const connect = (url: string) => connectDatabase({ url, logger: silentLogger });

  it('migrates from empty, by two processes at once', async () => {
    const url = await postgres().createEmptyDatabase();
    await using first = connect(url);
    await using second = connect(url);
    await Promise.all([migrateToLatest(first.db, silentLogger), migrateToLatest(second.db, silentLogger)]);
    await migrateToLatest(first.db, silentLogger);
    const done = await sql<{ names: number }>`select count(*)::int as names from kysely_migration`.execute(
      first.db,
    );
    expect(done.rows[0]?.names).toBeGreaterThanOrEqual(5);
  });

  it('has the row types that are committed', async () => {
    const url = await postgres().createDatabase();
    await expect(generateRows({ databaseUrl: url, verify: true })).resolves.toBeUndefined();
  });

  it('has the tables that better-auth wants', async () => {
    await using database = connect(await postgres().createDatabase());
    const config = {
      frontendOrigin: 'http://localhost:3000',
      sessionSecret: 'x'.repeat(32),
    };
    const { db, pool } = database;
    const credentials = { ended: () => undefined, revokeTokens: () => Promise.resolve() };
    const transact = testTransact(database.db);
    const registrationGate = createRegistrationGate({
      db,
      settings: { values: DEFAULT_SETTINGS },
      transact,
    });
    const options = buildAuthOptions({
      config,
      db,
      pool,
      allowedOrigins: [],
      logger: silentLogger,
      credentials,
      registrationGate,
      providers: [],
      transact,
    });
    const { toBeCreated, toBeAdded, toBeAddedIndexes } = await getMigrations(options);
    expect({ toBeCreated, toBeAdded, toBeAddedIndexes }).toEqual({
      toBeCreated: [],
      toBeAdded: [],
      toBeAddedIndexes: [],
    });
  });

  it.each(['postgresql', 'postgres', 'postgresql+asyncpg'])(
    'is reached by a URL of scheme %s',
    async (scheme) => {
      const url = (await postgres().createDatabase()).replace(/^postgresql/, scheme);
      const config = loadConfig({
        DATABASE_URL: url,
        FRONTEND_URL: 'http://localhost:3000',
        JWT_SECRET_KEY: 'x'.repeat(32),
        INTERNAL_SERVICE_TOKEN: 'i'.repeat(32),
        COMPUTE_SERVICE_URL: 'http://compute:3003',
        COMPUTE_INTERNAL_API_KEY: 'c'.repeat(32),
        AGENT_SERVICE_URL: 'http://agent:3002',
      });
      await using database = connect(config.databaseUrl);
      expect(await database.check()).toMatch(/^PostgreSQL 1[5-9]/);
    },
  );

  it('survives that its server cuts an idle connection', async () => {
    const url = await postgres().createDatabase();
    await using database = connect(url);
    await using other = connect(url);
    await database.check();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
      other.db,
    );
    await eventually(() => database.pool.totalCount).toBe(0);
    expect(await database.check()).toMatch(/^PostgreSQL/);
  });

  it('keeps what programs print: NUL, halves of surrogate pairs, backslashes', async () => {
    await using database = connect(await postgres().createDatabase());
    const awkward = { 'key\0': ['a\0b', '\ud83d', '\ude00x', '😀', '\\u0000', 'c:\\udead', '"\n'] };
    const kept = { 'key\ufffd': ['a\ufffdb', '\ufffd', '\ufffdx', '😀', '\\u0000', 'c:\\udead', '"\n'] };
    const result = await sql<{ body: unknown; text: string }>`
      select ${toJson(awkward)}::jsonb as body, ${toText('a\0\ud83d😀')}::text as text`.execute(database.db);
    expect(result.rows[0]).toEqual({ body: kept, text: 'a\ufffd\ufffd😀' });
  });

  it('runs a transaction again after a deadlock, and wakes nobody for one that failed', async () => {
    await using database = connect(await postgres().createDatabase());
    const published: string[] = [];
    const transact = testTransact(database.db, { publish: (channel) => void published.push(channel) });
    await sql`insert into topic (name) values ('one'), ('two')`.execute(database.db);
    const touch = (name: string) => sql`update topic set last_seq = last_seq + 1 where name = ${name}`;
    let attempts = 0;
    const both = Promise.withResolvers<void>();
    const lockBoth = (first: string, second: string) =>
      transact(async ({ tx, wake }) => {
        attempts += 1;
        await touch(first).execute(tx);
        if (attempts === 2) both.resolve();
        if (attempts <= 2) await both.promise;
        await touch(second).execute(tx);
        wake(`${first} before ${second}`);
      });
    await Promise.all([lockBoth('one', 'two'), lockBoth('two', 'one')]);
    expect(attempts).toBeGreaterThan(2);
    const seqs = await database.db.selectFrom('topic').select('last_seq').execute();
    expect(seqs.map((row) => row.last_seq)).toEqual([2, 2]);
    const failing = transact(({ wake }) => {
      wake('never');
      return Promise.reject(new Error('the work failed'));
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(published.sort()).toEqual(['one before two', 'two before one']);
  });
});
