import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex workspaces', () => {
  const api = setUpApi();
  let owner: TestUser;
  let worker: ComputeWorker;
  beforeAll(async () => {
    owner = await api().signUp();
    worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    worker.run();
  });
  afterAll(() => worker?.stop());

  const run = podexOf(api);
  const podex = (...words: string[]) => run(owner, 'workspaces', ...words);
  const json = async (...words: string[]) => JSON.parse((await podex(...words, '--json')).stdout);

  it('makes one and waits until it runs, stops it, starts it and deletes it', async () => {
    const made = await podex('create', 'shop', '--size', 'medium', '--idle-timeout', '3600', '--wait');
    expect([made.exitCode, made.stderr]).toEqual([0, expect.stringContaining('Starting shop')]);
    expect(made.stdout).toMatch(/^status +running$/m);
    expect(made.stdout).toMatch(/^stop when idle +after 60 min 00 s$/m);
    expect(made.stdout).toMatch(/^stops +in 59 min \d\d s|in 60 min 00 s$/m);
    const stopped = await podex('stop', 'shop', '--wait');
    expect([stopped.exitCode, stopped.stderr]).toEqual([0, expect.stringContaining('Stopping shop')]);
    expect(stopped.stdout).toMatch(/^status +stopped$/m);
    expect((await podex('list')).stdout).toMatch(/^shop +ws_\S+ +stopped +medium +\d.* ago +-$/m);
    expect((await podex('start', 'shop', '--wait')).exitCode).toBe(0);
    const unasked = await podex('delete', 'shop');
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await podex('delete', 'shop', '--yes')).stdout).toBe('shop is deleted');
    expect((await podex('list')).stdout).toBe('no workspaces; make one: podex workspaces create <name>');
  });

  it('changes when it is stopped, and keeps it alive', async () => {
    const { id } = await json('create', 'lab', '--no-auto-start', '--wait');
    expect(await json('show', id)).toMatchObject({
      name: 'lab',
      auto_start: false,
      idle_timeout_seconds: null,
    });
    const changed = await json('set', 'lab', '--idle-timeout', 'never', '--auto-start', 'yes');
    expect(changed).toMatchObject({ auto_start: true, idle_timeout_seconds: 0, stops_at: null });
    expect(await json('set', 'lab', '--idle-timeout', 'default')).toMatchObject({
      idle_timeout_seconds: null,
    });
    const kept = await json('keep-alive', 'lab', '--seconds', '86400');
    expect(Date.parse(kept.stops_at)).toBeGreaterThan(Date.now() + 86_000_000);
    await podex('delete', id, '--yes');
  });

  it('rebuilds it when it may, and says what is lost', async () => {
    const { id } = await json('create', 'old', '--wait');
    const unasked = await podex('rebuild', 'old');
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const rebuilt = await podex('rebuild', 'old', '--yes', '--wait');
    expect([rebuilt.exitCode, rebuilt.stdout]).toEqual([0, expect.stringMatching(/^status +running$/m)]);
    await podex('delete', id, '--yes');
  });

  it('leaves what was asked for alone when the person does not wait any longer', async () => {
    const { behave } = worker;
    worker.behave = () => ({ status: 'creating', settled: false, retry_in_ms: 100 });
    const waiting = podex('create', 'slow', '--wait');
    let said = '';
    await new Promise<void>((resolve) => {
      waiting.stderr?.on('data', (chunk) => {
        said += chunk;
        if (said.includes('Starting slow')) resolve();
      });
    });
    waiting.kill('SIGINT');
    const ended = await waiting;
    expect([ended.exitCode, ended.stderr]).toEqual([
      130,
      expect.stringContaining('slow continues without you'),
    ]);
    worker.behave = behave;
    expect((await podex('start', 'slow', '--wait')).exitCode).toBe(0);
    await podex('delete', 'slow', '--yes');
  });

  it('says why one failed, and what is wrong with what was typed', async () => {
    const { behave } = worker;
    worker.behave = () => ({ status: 'failed', reason: 'The image is not there.' });
    const failed = await podex('create', 'broken', '--wait');
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringContaining('podex: The image is not there.'),
    ]);
    worker.behave = behave;
    await podex('create', 'twin');
    const { id } = await json('create', 'twin');
    const twice = await podex('stop', 'twin');
    expect([twice.exitCode, twice.stderr]).toEqual([2, expect.stringContaining(id)]);
    for (const [words, word] of [
      [['show', 'nobody'], 'There is no workspace nobody'],
      [['create', '-'], 'name: '],
      [['create', 'a', '--size', 'huge'], 'size: '],
      [['create', 'a', '--idle-timeout', 'soon'], 'idle_timeout_seconds: '],
      [['create', 'a', '--idle-timeout', '5'], 'must be 0 (never), or at least 60'],
      [['set', id, '--auto-start', 'perhaps'], 'auto_start: '],
      [['keep-alive', id, '--seconds', '1'], 'seconds: '],
    ] as const) {
      const refused = await podex(...words);
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(word)]);
    }
  });
});
