import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { TestPostgres } from './postgres.ts';
import { setUpApi } from './set-up.ts';

/** An api, and the rows below it: what no request can see, or bring about in the time of a test. */
export function setUpApiWithRows(postgres: () => TestPostgres) {
  let client: pg.Client | undefined;
  const api = setUpApi(async () => {
    const databaseUrl = await postgres().createDatabase();
    client = new pg.Client({ connectionString: databaseUrl });
    return { databaseUrl };
  }, postgres);
  beforeAll(() => client?.connect());
  afterAll(() => client?.end());
  return {
    api,
    rows: async (sql: string, values: unknown[]) => {
      if (client === undefined) throw new Error('the database is made by beforeAll');
      return (await client.query(sql, values)).rows;
    },
  };
}
