import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../../services/api/testing/compute-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex workspaces', () => {
  const api = setUpApi();
  let owner: TestUser;
  let server: string;
  let worker: ComputeWorker;
  beforeAll(async () => {
    owner = await api().signUp();
    server = await ComputeWorker.registerServer(api());
    worker = new ComputeWorker(api(), server);
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
    const paused = await podex('pause', 'shop', '--wait');
    expect([paused.exitCode, paused.stderr]).toEqual([0, expect.stringContaining('Pausing shop')]);
    expect(paused.stdout).toMatch(/^status +paused$/m);
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

  it('makes it in a region, on a server with labels', async () => {
    const admin = await api().signInAdmin();
    const body = { region: 'eu-west', labels: { disk: 'nvme' } };
    const described = await api().ask('PATCH', `/api/admin/servers/${server}`, { as: admin, body });
    expect(described.status).toBe(200);
    const words = ['--region', 'eu-west', '--label', 'disk=nvme', '--wait'];
    const made = await podex('create', 'near', ...words);
    expect([made.exitCode, made.stdout]).toEqual([
      0,
      expect.stringMatching(/^region +eu-west\nlabels +disk=nvme$/m),
    ]);
    await podex('delete', 'near', '--yes');
    for (const [flags, field] of [
      [['--label', 'disk'], '--label disk: write it as key=value'],
      [['--label', 'DISK=1'], 'labels.DISK'],
      [['--label', 'disk=a\u0007b'], 'labels.disk'],
      [['--region', ''], 'region'],
      [['--region', 'a', '--region-match', 'maybe'], 'region_match'],
    ] as const) {
      const refused = await podex('create', 'nowhere', ...flags);
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(field)]);
    }
  });

  it('tells admins who waits for room, and what helps', async () => {
    const { behave } = worker;
    const refusals = [{ server: 'ws-1', cause: 'no_room', short: 'cpu', needed: 1, free: 0 } as const];
    worker.behave = () => ({
      status: 'creating',
      reason: 'No room.',
      settled: false,
      retry_in_ms: 60_000,
      waits_for: { refusals, max_workspaces: null },
    });
    const admin = await api().signInAdmin();
    const waiting = (...words: string[]) => run(admin, 'workspaces', 'list', '--waiting', ...words);
    await podex('create', 'late');
    const asked = () => api().ask('GET', '/api/admin/workspaces/waiting', { as: admin });
    await expect.poll(async () => (await asked()).body.items, { timeout: 10_000 }).toHaveLength(1);
    expect(JSON.parse((await waiting('--json')).stdout)).toMatchObject([{ name: 'late', refusals }]);
    const shown = await waiting();
    expect([shown.exitCode, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toMatch(
      /^NAME.*WAITING FOR\nlate +ws_\S+ +\S+@\S+ +small +[\d.]+ s\n\nlate:\n {2}ws-1 lacks 1 CPU\. Stop/,
    );
    const capacity = await run(admin, 'servers', 'capacity');
    expect(capacity.stdout).toMatch(/\n1 workspace waiting for room: podex workspaces list --waiting$/);
    expect((await podex('list', '--waiting')).exitCode).toBe(1);
    worker.behave = behave;
    await podex('delete', 'late', '--yes');
    expect((await waiting()).stdout).toBe('no workspace waits for room');
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
