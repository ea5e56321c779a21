import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../../../services/api/testing/compute-worker.ts';
import { MoveWorker } from '../../../../services/api/testing/move-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

const CLAIM_WAIT_MS = 20_000;

describe('podex servers drain and remove, podex workspaces move', { timeout: 60_000 }, () => {
  const api = setUpApi();
  let admin: TestUser;
  let ada: TestUser;
  let moves: MoveWorker;
  let from: string;
  let to: string;

  beforeAll(async () => {
    admin = await api().signInAdmin();
    ada = await api().signUp('ada@example.com');
    moves = new MoveWorker(api());
  });

  beforeEach(async () => {
    from = await ComputeWorker.registerServer(api());
    to = await ComputeWorker.registerServer(api());
  });

  const podexAs = podexOf(api);
  const podex = (...words: string[]) => podexAs(admin, ...words);
  const nameOf = async (id: string) =>
    (await api().ask('GET', `/api/admin/servers/${id}`, { as: admin })).body.name;
  const step = () => new ComputeWorker(api(), from).step();

  async function createStopped(): Promise<string> {
    const body = { name: 'shop' };
    const { id } = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: ada, body })).body;
    await step();
    await api().ask('POST', `/api/workspaces/${id}/stop?wait_ms=0`, { as: ada });
    await step();
    return id;
  }

  it('empty a server, show how it goes, and remove it then', async () => {
    await createStopped();
    const running = podex('servers', 'remove', await nameOf(from), '--move');
    const task = await moves.claimOne(CLAIM_WAIT_MS);
    await moves.target(task, to);
    await moves.progress(task, 'switching', 1, 1);
    await moves.switch(task);
    await moves.end(task, 'cleaned');
    const { exitCode, stdout, stderr } = await running;
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^0 moved, 1 left: 1 moving\n/);
    expect(stdout).toMatch(/\n1 moved, 0 left\nlocal-\w+ is removed$/);
  });

  it('say what could not be moved, and why', async () => {
    await createStopped();
    const running = podex('servers', 'drain', from, '--move', '--watch');
    const task = await moves.claimOne(CLAIM_WAIT_MS);
    await moves.target(task, to);
    await moves.end(task, 'failed', 'The disk of ws-2 is full.');
    await moves.end(await moves.claimOne(CLAIM_WAIT_MS), 'cleaned');
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/0 moved, 1 left: 1 could not be moved$/);
    expect(stderr).toMatch(
      /is not empty[\s\S]*shop: failed: The disk of ws-2 is full\.[\s\S]*--move, to try again/,
    );
  });

  it('keep a server with workspaces, unless it is lost: then they say whose files are, and want its name', async () => {
    const id = await createStopped();
    const name = await nameOf(from);
    expect((await podex('servers', 'remove', name)).stderr).toMatch(/1 workspace live/);
    await observeServer(api(), from, { status: 'unreachable' });
    const asked = await podex('servers', 'remove', name, '--lost');
    expect(asked.exitCode).not.toBe(0);
    expect(asked.stderr).toMatch(
      new RegExp(`The files of 1 workspace are on ${name}[\\s\\S]*shop +ada@example.com[\\s\\S]*${id}`),
    );
    expect((await podex('servers', 'remove', name, '--lost', '--confirm', 'other')).exitCode).toBe(1);
    const removed = await podex('servers', 'remove', name, '--lost', '--confirm', name);
    expect(removed.stdout).toBe(`${name} is removed`);
  });

  it('move one workspace, and leave it when asked to', async () => {
    const id = await createStopped();
    const moving = podex('workspaces', 'move', id, '--to', await nameOf(to), '--watch');
    const task = await moves.claimOne(CLAIM_WAIT_MS);
    expect(task.target_server).toBe(to);
    await moves.move(task, to);
    const moved = await moving;
    expect([moved.exitCode, moved.stdout.split('\n').at(-1)]).toEqual([0, 'shop: done']);
    expect((await podex('workspaces', 'move', id, '--to', from)).stdout).toBe('shop: queued');
    expect((await podex('workspaces', 'move', id, '--cancel')).stdout).toBe('shop: cancelled');
  });

  it.each([
    [['servers', 'drain', 'nobody'], 'There is no server nobody'],
    [['servers', 'remove', 'nobody', '--lost'], 'There is no server nobody'],
    [['workspaces', 'move', 'shop'], 'shop is not the id of a workspace'],
    [['workspaces', 'move', `ws_${'0'.repeat(26)}`], 'There is no such workspace'],
    [['workspaces', 'move', `ws_${'0'.repeat(26)}`, '--active', 'kill'], '--active cannot be kill'],
  ])('say what is wrong with %j', async (words, message) => {
    const { exitCode, stderr } = await podex(...words);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it('are for admins', async () => {
    const id = await createStopped();
    expect((await podexAs(ada, 'workspaces', 'move', id)).exitCode).toBe(1);
  });
});
