import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../../testing/compute-worker.ts';
import { MoveWorker } from '../../../testing/move-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';

describe('a server that is removed', () => {
  const api = setUpApi();
  let admin: TestUser;
  let user: TestUser;
  let moves: MoveWorker;
  let id: string;
  let other: string;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    user = await api().signUp();
    moves = new MoveWorker(api());
  });

  beforeEach(async () => {
    id = await ComputeWorker.registerServer(api());
    other = await ComputeWorker.registerServer(api());
  });

  const ask = (method: string, path: string, body?: object, as = admin) =>
    api().ask(method, path, { as, ...(body === undefined ? {} : { body }) });
  const get = async (workspace: string) =>
    (await ask('GET', `/api/workspaces/${workspace}`, undefined, user)).body;
  const nameOf = async (server: string) => (await ask('GET', `/api/admin/servers/${server}`)).body.name;
  const remove = (query = '') => ask('DELETE', `/api/admin/servers/${id}${query}`);
  const step = () => new ComputeWorker(api(), id).step();

  async function create(status: 'running' | 'stopped'): Promise<string> {
    const made = await ask('POST', '/api/workspaces?wait_ms=0', { name: 'one' }, user);
    await step();
    if (status === 'stopped') {
      await ask('POST', `/api/workspaces/${made.body.id}/stop?wait_ms=0`, undefined, user);
      await step();
    }
    return made.body.id;
  }

  it('is kept as long as a move has to read or write there', async () => {
    const workspace = await create('stopped');
    await ask('POST', `/api/admin/workspaces/${workspace}/move`, { server: other });
    const task = await moves.claimOne();
    await moves.target(task, other);
    await moves.progress(task, 'switching', 1, 1);
    await moves.switch(task);
    expect((await remove()).body.error).toMatchObject({
      code: 'conflict',
      message: '1 move from or to this server still has to end. Try again in a moment.',
    });
    await moves.end(task, 'cleaned');
    expect((await remove()).status).toBe(204);
  });

  it('and lost says whose files are lost, and asks for its name', async () => {
    const [running, stopped, deleted] = [
      await create('running'),
      await create('stopped'),
      await create('stopped'),
    ];
    await ask('DELETE', `/api/workspaces/${deleted}`, undefined, user);
    const listed = await ask('GET', `/api/admin/servers/${id}/workspaces`);
    expect(listed.body.items).toMatchObject([
      { id: running, status: 'running', owner: { id: user.id, email: user.email } },
      { id: stopped, status: 'stopped' },
      { id: deleted, desired_status: 'deleted' },
    ]);
    const name = await nameOf(id);
    expect((await remove(`?lost=true&confirm=${name}`)).body.error.message).toContain(
      'responds, so it is not lost',
    );
    await observeServer(api(), id, { status: 'unreachable' });
    for (const query of ['?lost=true', '?lost=true&confirm=other', `?confirm=${name}`, '']) {
      expect((await remove(query)).status).toBe(409);
    }
    expect((await remove(`?lost=true&confirm=${name}`)).status).toBe(204);
    for (const workspace of [running, stopped]) {
      expect(await get(workspace)).toMatchObject({
        status: 'failed',
        desired_status: 'stopped',
        server_id: null,
        reason: expect.stringMatching(/^Its server was lost; its files are gone\./),
      });
    }
    const entries = (await ask('GET', '/api/admin/audit?limit=10')).body.items;
    expect(entries.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['server.lost', 'workspace.lost']),
    );
    expect((await ask('DELETE', `/api/workspaces/${stopped}`, undefined, user)).status).toBe(204);
  });

  it('and lost takes moves from and to it along', async () => {
    const [leaving, coming] = [await create('stopped'), await create('stopped')];
    await ask('POST', `/api/admin/workspaces/${leaving}/move`, { server: other });
    const away = await moves.claimOne();
    await moves.target(away, other);
    await moves.progress(away, 'copying', 1, 2);
    await ask('POST', `/api/admin/workspaces/${coming}/move`, { server: other });
    const back = await moves.claimOne();
    await moves.move(back, other);
    await ask('POST', `/api/admin/workspaces/${coming}/move`, { server: id });
    const here = await moves.claimOne();
    await moves.progress(here, 'copying', 1, 2);
    await observeServer(api(), id, { status: 'unreachable' });
    expect((await remove(`?lost=true&confirm=${await nameOf(id)}`)).status).toBe(204);
    expect((await get(leaving)).status).toBe('failed');
    expect(await get(coming)).toMatchObject({ status: 'stopped', server_id: other });
    const cleaning = await moves.claim();
    expect(cleaning.map(({ step: what, leftover }) => [what, leftover?.server_id ?? null])).toEqual(
      expect.arrayContaining([
        ['clean', other],
        ['clean', null],
      ]),
    );
    for (const task of cleaning) expect((await moves.end(task, 'cleaned')).status).toBe(204);
    expect(await moves.claim()).toEqual([]);
  });
});
