import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { connectDatabase } from './connect.ts';
import { translateDatabaseError } from './database-errors.ts';

describe('a database', () => {
  const postgres = setUpPostgres();
  const connect = (url: string) => connectDatabase({ url, logger: silentLogger });

  it('that nobody listens for is away', async () => {
    await using database = connect('postgresql://podex:podex@127.0.0.1:1/podex');
    expect(await failureOf(sql`select 1`.execute(database.db))).toBe('service_unavailable');
  });

  it('that ends a connection in the middle of a query is away', async () => {
    await using database = connect(await postgres().createDatabase());
    const suicide = sql`select pg_terminate_backend(pg_backend_pid())`.execute(database.db);
    expect(await failureOf(suicide)).toBe('service_unavailable');
    // The pool may give the broken connection once more. It ends no process, and another takes its place.
    const one = () => sql<{ one: number }>`select 1 as one`.execute(database.db);
    const answer = () =>
      one().then(
        ({ rows }) => rows,
        () => 'none',
      );
    await eventually(answer).toEqual([{ one: 1 }]);
  });

  it('that has no connection free in time is away', async () => {
    const pool = new pg.Pool({
      connectionString: await postgres().createDatabase(),
      max: 1,
      connectionTimeoutMillis: 50,
    });
    const held = await pool.connect();
    expect(await failureOf(pool.query('select 1'))).toBe('service_unavailable');
    held.release();
    await pool.end();
  });

  it('that refuses a value, or finds a fault of ours, is not', async () => {
    await using database = connect(await postgres().createDatabase());
    expect(await failureOf(sql`select 'x'::integer`.execute(database.db))).toBe('invalid_request');
    expect(await failureOf(sql`select nonsense`.execute(database.db))).toBeUndefined();
    expect(translateDatabaseError(new Error('some fault'))).toBeUndefined();
  });
});

async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
  } catch (error) {
    return translateDatabaseError(error)?.code;
  }
  throw new Error('it did not fail');
}
