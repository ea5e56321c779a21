import { PodexError } from '@podex/contracts/errors';
import { newId, type ServerId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { taskOf } from '../../testing/builders.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { PlacementServer } from './placement.ts';
import { Placer } from './placer.ts';

function serverOf(name: string, fields: Partial<PlacementServer> = {}): PlacementServer {
  const sizes = { totalCpu: 8, totalMemoryMb: 16_384, totalDiskGb: 100 };
  const reserved = { reservedCpu: 0, reservedMemoryMb: 0, reservedDiskGb: 0, workspaces: 0 };
  const id = newId('server');
  return {
    id,
    name,
    status: 'ready',
    reason: null,
    architecture: 'x86_64',
    ...sizes,
    ...reserved,
    ...fields,
  };
}

function placerOf(
  servers: PlacementServer[],
  refuse: (id: ServerId) => PodexError | undefined,
  refresh: () => Promise<void> = () => Promise.resolve(),
) {
  const asked: ServerId[] = [];
  const api: Pick<ApiClient, 'reserve'> = {
    async reserve(_id, input) {
      asked.push(input.server_id);
      const rejection = refuse(input.server_id);
      if (rejection !== undefined) throw rejection;
    },
  };
  const placer = new Placer({
    api,
    servers: () => servers,
    settings: () => ({ placement_strategy: 'spread' }),
    refresh,
    snapshotAtMs: () => 0,
    architectureOf: () => 'amd64',
    maxWorkspaces: 50,
  });
  return { placer, asked };
}

const full = (limit: string) => new PodexError('limit_reached', `No room left: ${limit}`, { limit, max: 1 });

describe('Placer', () => {
  it('tries the next best server when api finds the best full', async () => {
    const [best, next] = [serverOf('best'), serverOf('next', { reservedCpu: 4 })];
    const { placer, asked } = placerOf([best, next], (id) => (id === best.id ? full('cpu') : undefined));
    expect(await placer.place(taskOf(), 'image')).toBe(next.id);
    expect(asked).toEqual([best.id, next.id]);
  });

  it('looks at fresh figures before it gives up: what was freed meanwhile counts', async () => {
    const servers = [serverOf('only', { reservedCpu: 1000 })];
    const { placer } = placerOf(
      servers,
      () => undefined,
      async () => {
        servers[0] = serverOf('only');
      },
    );
    expect(await placer.place(taskOf(), 'image')).toBe(servers[0]?.id);
  });

  it('names the reason of every server when none takes it', async () => {
    const servers = [serverOf('ws1'), serverOf('ws2', { status: 'unfit', reason: 'no runsc' })];
    const { placer } = placerOf(servers, () => full('memory_mb'));
    await expect(placer.place(taskOf(), 'image')).rejects.toSatisfy(
      (error) =>
        PodexError.has(error, 'no_server_available') &&
        error.context.refusals.length === 2 &&
        error.context.refusals.some((one) => one.server === 'ws1' && one.cause === 'reservation') &&
        error.context.refusals.some((one) => one.server === 'ws2' && one.cause === 'not_ready'),
    );
  });

  it('asks no further when all of Podex is full, or the lease is another’s', async () => {
    for (const rejection of [
      full('max_workspaces'),
      new PodexError('workspace_changed', 'Another replica holds the lease.', {}),
    ]) {
      const { placer, asked } = placerOf([serverOf('a'), serverOf('b')], () => rejection);
      await expect(placer.place(taskOf(), 'image')).rejects.toBe(rejection);
      expect(asked).toHaveLength(1);
    }
  });

  it('spreads a burst although the servers’ figures are old', async () => {
    const servers = [serverOf('a'), serverOf('b')];
    const { placer, asked } = placerOf(servers, () => undefined);
    for (let count = 0; count < 4; count += 1) await placer.place(taskOf(), 'image');
    for (const { id } of servers) expect(asked.filter((one) => one === id)).toHaveLength(2);
  });

  it('counts a workspace once, however often it is placed', async () => {
    const { placer } = placerOf([serverOf('only', { totalCpu: 1 })], () => undefined);
    const task = taskOf();
    for (let count = 0; count < 3; count += 1) await placer.place(task, 'image').catch(() => undefined);
    await expect(placer.place({ ...task, server_id: null }, 'image')).resolves.toBeDefined();
  });

  it('keeps a workspace where its files are', async () => {
    const [home, other] = [serverOf('home', { reservedCpu: 6 }), serverOf('other')];
    const { placer } = placerOf([home, other], () => undefined);
    expect(await placer.place(taskOf({ server_id: home.id }), 'image')).toBe(home.id);
  });
});
