import { afterAll, beforeAll } from 'vitest';
import { TestPostgres } from './postgres.ts';
import { TestApi, type TestApiOptions } from './test-api.ts';

/** A PostgreSQL for the tests of this file. */
export function setUpPostgres(): () => TestPostgres {
  let postgres: TestPostgres | undefined;
  beforeAll(async () => {
    postgres = await TestPostgres.start();
  });
  afterAll(() => postgres?.stop());
  return () => {
    if (postgres === undefined) throw new Error('the database is started by beforeAll');
    return postgres;
  };
}

/** For tests that are about other things than limits. */
const WIDE_LIMITS = {
  max_workspaces_per_user: 1000,
  max_running_workspaces_per_user: 1000,
  max_cpu_per_user: 10_000,
  max_memory_mb_per_user: 10_000_000,
  max_disk_gb_per_user: 100_000,
  max_active_turns_per_user: 1000,
};

/** An api over a fresh database for the tests of this `describe`, or file. Several in one file share a `postgres`. */
export function setUpApi(
  options: () => Partial<TestApiOptions> | Promise<Partial<TestApiOptions>> = () => ({}),
  postgres: () => TestPostgres = setUpPostgres(),
): () => TestApi {
  let api: TestApi | undefined;
  let databaseUrl: string | undefined;
  beforeAll(async () => {
    databaseUrl = await postgres().createDatabase();
    api = await TestApi.start({ databaseUrl, ...(await options()) });
    await api.changeSettings(WIDE_LIMITS);
  });
  afterAll(async () => {
    await api?.stop();
    if (databaseUrl !== undefined) await postgres().dropDatabase(databaseUrl);
  });
  return () => {
    if (api === undefined) throw new Error('api is started by beforeAll');
    return api;
  };
}
