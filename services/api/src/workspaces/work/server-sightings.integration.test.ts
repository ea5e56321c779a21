import { beforeEach, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';
import type { TestUser } from '../../../testing/test-api.ts';

const postgres = setUpPostgres();

describe('a server that one compute reaches and another does not', () => {
  const { api, rows } = setUpApiWithRows(postgres);
  let user: TestUser;
  let id: string;
  /** Which of two speaks for both is decided by their names and the server’s. */
  let watcher: string;
  let other: string;

  const fleet = async (worker: string) =>
    (await api().internal('GET', `/internal/servers?worker_id=${encodeURIComponent(worker)}`)).body;
  // Asked by nobody, so that no compute is heard of by it.
  const recordOf = async () =>
    (await api().internal('GET', '/internal/servers')).body.items.find(
      (item: { id: string }) => item.id === id,
    );
  const watches = async (worker: string) => (await fleet(worker)).watched.includes(id);
  async function sees(worker: string, status: 'ready' | 'unreachable' | 'unfit'): Promise<boolean> {
    const { version } = await recordOf();
    const reason = status === 'ready' ? null : `said ${worker}`;
    const body = { worker_id: worker, version, status, reason, checks: [], facts: null };
    return (await api().internal('POST', `/internal/servers/${id}/observe`, body)).body.taken;
  }
  const status = async () => (await recordOf()).status;
  const claim = async (worker: string) =>
    (await api().internal('POST', '/internal/workspaces/claim', { worker_id: worker, max: 10, wait_ms: 0 }))
      .body.items;
  const die = (worker: string) =>
    rows(`update compute_worker set seen_at = now() - interval '16 seconds' where id = $1`, [worker]);

  beforeEach(async () => {
    user ??= await api().signUp();
    await rows('delete from compute_worker', []);
    id = await ComputeWorker.registerServer(api());
    await rows('delete from compute_worker', []);
    for (const worker of ['a/1', 'b/1']) {
      await fleet(worker);
      await sees(worker, 'ready');
    }
    [watcher, other] = (await watches('a/1')) ? ['a/1', 'b/1'] : ['b/1', 'a/1'];
  });

  it('is watched over by one of those who reach it, and by another when that one is cut off or dead', async () => {
    expect([await watches(watcher), await watches(other)]).toEqual([true, false]);
    await sees(watcher, 'unreachable');
    expect([await watches(watcher), await watches(other)]).toEqual([false, true]);
    await sees(watcher, 'ready');
    expect([await watches(watcher), await watches(other)]).toEqual([true, false]);
    await die(watcher);
    expect(await watches(other)).toBe(true);
  });

  it('stays ready, whatever the one says that is cut off and however often, and shows what the other found', async () => {
    const changes = async () =>
      Number((await rows(`select count(*) from event where topic = 'servers'`, []))[0].count);
    const before = await changes();
    expect(before).toBeGreaterThan(0);
    for (const cutOff of [other, watcher]) {
      const reaching = cutOff === other ? watcher : other;
      for (let times = 0; times < 5; times += 1) {
        expect(await sees(cutOff, 'unreachable')).toBe(false);
        expect(await status()).toBe('ready');
        await sees(reaching, 'ready');
        expect(await status()).toBe('ready');
      }
      await sees(cutOff, 'ready');
    }
    expect(await changes()).toBe(before);
    // Two that reach it and disagree: one speaks for both.
    expect(await sees(other, 'unfit')).toBe(false);
    expect(await status()).toBe('ready');
    expect(await sees(watcher, 'unfit')).toBe(true);
    expect(await status()).toBe('unfit');
  });

  it('is unreachable when nobody reaches it who lives, and back with the first who does', async () => {
    expect(await sees(other, 'unreachable')).toBe(false);
    expect(await sees(watcher, 'unreachable')).toBe(true);
    expect(await status()).toBe('unreachable');
    expect(await sees(other, 'ready')).toBe(true);
    expect(await status()).toBe('ready');
    expect(await sees(watcher, 'unreachable')).toBe(false);
    await die(other);
    expect(await sees(watcher, 'unreachable')).toBe(true);
    expect(await status()).toBe('unreachable');
  });

  it('has its workspaces worked on by the one that reaches it alone', async () => {
    const body = { name: 'shop' };
    const made = (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body })).body;
    await new ComputeWorker(api(), id).step();
    await api().ask('POST', `/api/workspaces/${made.id}/stop?wait_ms=0`, { as: user });
    await sees(other, 'unreachable');
    expect(await claim(other)).toEqual([]);
    expect(await claim(watcher)).toMatchObject([{ id: made.id }]);
  });

  it('is looked at again by all when its registration changes: what was seen of the former does not count', async () => {
    await rows('update server set version = version + 1 where id = $1', [id]);
    expect(await sees(other, 'unreachable')).toBe(true);
    expect(await status()).toBe('unreachable');
  });
});
