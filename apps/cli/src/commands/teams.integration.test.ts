import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setUpApi, setUpPostgres } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';

const MAIN = path.join(import.meta.dirname, '../main.ts');

describe('podex teams and podex shares', () => {
  const api = setUpApi(() => ({}), setUpPostgres());
  let home: string;
  let ada: TestUser;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'podex-cli-'));
    ada = await api().signUp('ada@example.com');
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const podex = (...words: string[]) =>
    execa(process.execPath, [MAIN, ...words], {
      reject: false,
      extendEnv: false,
      env: {
        PATH: process.env.PATH,
        PODEX_HOME: home,
        PODEX_API_PORT: new URL(api().baseUrl).port,
        INTERNAL_SERVICE_TOKEN: api().config.internalToken,
      },
    });

  it('makes a team, fills it, changes a role and takes it apart again', async () => {
    expect((await podex('teams', 'list')).stdout).toBe('no teams');
    const made = await podex('teams', 'create', 'Web shop', '--json');
    const { id } = JSON.parse(made.stdout);
    const added = await podex('teams', 'add', id, 'Ada@Example.com');
    expect([added.stderr, added.stdout]).toEqual(['', 'ada@example.com  member  A user']);
    expect((await podex('teams', 'role', id, 'ada@example.com', 'owner')).stdout).toContain('owner');
    const shown = JSON.parse((await podex('teams', 'show', id, '--json')).stdout);
    expect(shown.members).toEqual(
      expect.arrayContaining([expect.objectContaining({ user_id: ada.id, role: 'owner' })]),
    );
    expect((await podex('teams', 'list')).stdout).toBe(`${id}  Web shop  2 members  0 workspaces`);

    expect((await podex('teams', 'leave', id)).exitCode).toBe(0);
    // The administrator is in it no more, and manages it all the same.
    const last = await podex('teams', 'remove', id, 'ada@example.com');
    expect([last.exitCode, last.stderr]).toEqual([1, expect.stringContaining('A team needs an owner')]);
    expect((await podex('teams', 'delete', id)).exitCode).toBe(0);
    expect((await podex('teams', 'list')).stdout).toBe('no teams');
  });

  it('shares a workspace, changes the role and stops sharing', async () => {
    const admin = await api().signInAdmin();
    const workspace = await api().ask('POST', '/api/workspaces?wait_ms=0', {
      as: admin,
      body: { name: 'shop' },
    });
    const { id } = workspace.body;
    expect((await podex('shares', 'list', id)).stdout).toBe('not shared with anyone');
    const added = await podex('shares', 'add', id, 'ada@example.com');
    expect([added.stderr, added.stdout]).toEqual(['', 'ada@example.com  viewer  A user']);
    await podex('shares', 'role', id, 'ada@example.com', 'editor');
    expect(JSON.parse((await podex('shares', 'list', id, '--json')).stdout)).toEqual([
      expect.objectContaining({ user_id: ada.id, role: 'editor' }),
    ]);
    const seen = await api().ask('GET', `/api/workspaces/${id}`, { as: ada });
    expect(seen.body.relation).toBe('editor');
    expect((await podex('shares', 'remove', id, 'ada@example.com')).exitCode).toBe(0);
    expect((await api().ask('GET', `/api/workspaces/${id}`, { as: ada })).status).toBe(404);
  });

  it('says what is wrong with what was typed', async () => {
    const noTeam = await podex('teams', 'show', 'Web shop');
    expect([noTeam.exitCode, noTeam.stderr]).toEqual([2, expect.stringContaining('podex teams list')]);
    const { id } = JSON.parse((await podex('teams', 'create', 'Docs', '--json')).stdout);
    const noRole = await podex('teams', 'add', id, 'ada@example.com', '--role', 'king');
    expect([noRole.exitCode, noRole.stderr]).toEqual([2, expect.stringContaining('king')]);
    const nobody = await podex('teams', 'remove', id, 'ada@example.com');
    expect([nobody.exitCode, nobody.stderr]).toEqual([1, expect.stringContaining('is not in this team')]);
  });
});
