import { newId, type TeamId, type UserId, type WorkspaceId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import type { Viewer } from '../access/visible-workspace-store.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { migrateToLatest } from '../database/migrate.ts';
import { findWorkspace, listWorkspaces } from './record/workspace-store.ts';

const WORKSPACES = 60;
const postgres = setUpPostgres();

describe('pages of workspaces', () => {
  let database: Database;
  const [viewer, other, stranger] = [newId('user'), newId('user'), newId('user')];
  const teams = [newId('team'), newId('team')] as const;
  const ids: WorkspaceId[] = [];

  beforeAll(async () => {
    database = connectDatabase({ url: await postgres().createDatabase(), logger: silentLogger });
    await migrateToLatest(database.db, silentLogger);
    for (const id of [viewer, other, stranger]) {
      await insert('user', {
        id,
        name: 'A user',
        email: `${id}@example.com`,
        email_verified: true,
        role: 'user',
      });
    }
    for (const [index, id] of teams.entries()) await insert('team', { id, name: `Team ${index}` });
    await insert('team_member', { team_id: teams[0], user_id: viewer, role: 'member' });
    await insert('team_member', { team_id: teams[1], user_id: viewer, role: 'viewer' });
    for (let made = 0; made < WORKSPACES; made += 1) await insertWorkspace(made);
  });
  afterAll(() => database.close());

  async function insert(table: string, values: Record<string, unknown>): Promise<void> {
    const columns = Object.keys(values);
    await database.pool.query(
      `insert into "${table}" (${columns.join(', ')}) values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(values),
    );
  }

  /** Own ones, those of either team by the viewer or another, of nobody near, deleted; every third is shared besides. */
  async function insertWorkspace(made: number): Promise<void> {
    const id = newId('workspace', 1_700_000_000_000 + made);
    ids.unshift(id);
    const owners: readonly UserId[] = [viewer, other, viewer, other, stranger];
    const holders: readonly (TeamId | null)[] = [null, teams[0], teams[0], teams[1], null];
    const roles = ['viewer', 'terminal', 'editor'];
    await insert('workspace', {
      id,
      owner_id: owners[made % owners.length],
      team_id: holders[made % holders.length],
      name: `Workspace ${made}`,
      size: 'small',
      storage_key: id,
      desired_status: made % 7 === 6 ? 'deleted' : 'stopped',
    });
    if (made % 3 > 0) return;
    await insert('workspace_share', { workspace_id: id, user_id: viewer, role: roles[(made / 3) % 3] });
  }

  /** One after the other, by the statement that finds a single one. */
  async function listOneByOne(as: Viewer) {
    const rows = await Promise.all(ids.map((id) => findWorkspace(database.db, as, id)));
    return rows.flatMap((row) => (row === undefined ? [] : [[row.id, row.relation]]));
  }

  async function listByPages(as: Viewer, limit: number) {
    const listed: unknown[] = [];
    for (let after: string | undefined; ; ) {
      const rows = await listWorkspaces(database.db, as, { limit, after });
      const shown = rows.slice(0, limit);
      listed.push(...shown.map((row) => [row.id, row.relation]));
      after = shown.at(-1)?.id;
      if (rows.length <= limit) return listed;
    }
  }

  it('hold what one may see, each once, with the most that any reason gives', async () => {
    const as = { userId: viewer, workspaceIds: undefined };
    const expected = await listOneByOne(as);
    expect(new Set(expected.map(([, relation]) => relation)).size).toBe(4);
    for (const limit of [1, 2, 7, 200]) expect(await listByPages(as, limit)).toEqual(expected);
  });

  it('hold only the workspaces that the credential is good for', async () => {
    const as = { userId: viewer, workspaceIds: ids.filter((_, index) => index % 4 === 0) };
    const expected = await listOneByOne(as);
    expect(expected.length).toBeGreaterThan(5);
    expect(await listByPages(as, 3)).toEqual(expected);
    expect(await listByPages({ userId: viewer, workspaceIds: [] }, 3)).toEqual([]);
    expect(await listByPages({ userId: newId('user'), workspaceIds: undefined }, 3)).toEqual([]);
  });
});
