import { describe, expect, it } from 'vitest';
import { ComputeWorker } from '../../../testing/compute-worker.ts';
import { setUpPostgres } from '../../../testing/set-up.ts';
import { setUpApiWithRows } from '../../../testing/set-up-rows.ts';

const postgres = setUpPostgres();
const WAIT_MS = 30_000;

describe('news of servers', () => {
  const { api } = setUpApiWithRows(postgres);
  const ask = (waitMs: number) => api().internal('GET', `/internal/servers/news?wait_ms=${waitMs}`);
  /** Between two requests of compute something may be missed: it looks by itself then. The second request is read after the first. */
  async function newsDuring(change: () => Promise<unknown>): Promise<unknown> {
    const news = ask(WAIT_MS);
    await api().internal('GET', '/internal/servers');
    await change();
    return (await news).body;
  }

  it('come at once when one is registered, drained or removed, and when settings change', async () => {
    const admin = await api().signInAdmin();
    const startedAt = performance.now();
    let id = '';
    const registered = await newsDuring(async () => {
      id = await ComputeWorker.registerServer(api());
    });
    expect(registered).toEqual({ changed: true });
    const path = `/api/admin/servers/${id}`;
    const drained = await newsDuring(() =>
      api().ask('POST', `${path}/drain`, { as: admin, body: { move: false } }),
    );
    expect(drained).toEqual({ changed: true });
    const body = { placement_strategy: 'pack' };
    const set = await newsDuring(() => api().ask('PATCH', '/api/admin/settings', { as: admin, body }));
    expect(set).toEqual({ changed: true });
    const removed = await newsDuring(() => api().ask('DELETE', path, { as: admin }));
    expect(removed).toEqual({ changed: true });
    expect(performance.now() - startedAt).toBeLessThan(WAIT_MS);
  });

  it('are none when nothing has changed', async () => {
    expect((await ask(50)).body).toEqual({ changed: false });
  });
});
