import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { TestApi } from '../../testing/test-api.ts';
import { connectDatabase } from '../database/connect.ts';

const postgres = setUpPostgres();
const OLD_ENTRIES = 3;

it('entries of the audit log go after the days that the setting says, and none while it says none', async () => {
  const databaseUrl = await postgres().createDatabase();
  await using database = connectDatabase({ url: databaseUrl, logger: silentLogger });
  /** A process cleans up as it begins, and ends when that is done. */
  async function withApi(use: (api: TestApi) => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const api = await TestApi.start({ databaseUrl });
    try {
      await use(api);
    } finally {
      await api.stop();
    }
  }
  const keep = (days: number | null) => withApi((api) => api.changeSettings({ audit_retention_days: days }));
  async function firstKeptAfterCleaning(): Promise<number> {
    await withApi();
    const { rows } = await sql<{ seq: string }>`select min(seq) as seq from audit_entry`.execute(database.db);
    return Number(rows[0]?.seq);
  }

  await withApi((api) => api.signUp());
  await database.db.connection().execute(async (one) => {
    // As only who owns the database can; the log says nothing of the past otherwise.
    await sql`set session_replication_role = replica`.execute(one);
    await sql`update audit_entry set at = at - interval '40 days' where seq <= ${OLD_ENTRIES}`.execute(one);
    await sql`set session_replication_role = origin`.execute(one);
  });

  expect(await firstKeptAfterCleaning()).toBe(1);
  await keep(41);
  expect(await firstKeptAfterCleaning()).toBe(1);
  await keep(30);
  expect(await firstKeptAfterCleaning()).toBe(OLD_ENTRIES + 1);
  await withApi(async (api) => {
    const as = await api.signInAdmin();
    const told = await api.ask('GET', '/api/admin/audit?action=audit.pruned', { as });
    expect(told.body.items).toMatchObject([
      { actor: { kind: 'system' }, details: { first_seq: 1, last_seq: OLD_ENTRIES, retention_days: 30 } },
    ]);
    const verified = await api.ask('GET', '/api/admin/audit/verify', { as });
    expect(verified.body).toMatchObject({ intact: true, first_seq: OLD_ENTRIES + 1 });
  });
});
