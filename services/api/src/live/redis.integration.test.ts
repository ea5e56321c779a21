import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../testing/agent-worker.ts';
import { type RedisServer, startRedisServer } from '../../testing/bus/redis-server.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { eventually } from '../../testing/eventually.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { TestApi, type TestUser } from '../../testing/test-api.ts';

describe('two processes of api over Redis', () => {
  const postgres = setUpPostgres();
  let redis: RedisServer;
  let first: TestApi;
  let second: TestApi;
  let user: TestUser;

  beforeAll(async () => {
    redis = await startRedisServer();
    const databaseUrl = await postgres().createDatabase();
    const variables = { REDIS_URL: redis.url };
    first = await TestApi.start({ databaseUrl, variables });
    second = await TestApi.start({ databaseUrl, variables });
    user = await first.signUp();
  });
  afterAll(async () => {
    await first.stop();
    await second.stop();
    await redis.stop();
  });

  it('wake each other’s waiters: work, wishes and pages', async () => {
    const worker = new ComputeWorker(second, await ComputeWorker.registerServer(second));
    worker.run();
    const page = await LiveClient.open(second, user);
    page.subscribe(`user:${user.id}`, 0);
    const startedAt = performance.now();
    const made = await first.ask('POST', '/api/workspaces?wait_ms=8000', { as: user, body: { name: 'w' } });
    expect(made.body.status).toBe('running');
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await eventually(() => page.seqs(`user:${user.id}`).length).toBeGreaterThanOrEqual(2);
    page.close();
    await worker.stop();
  });

  it('count sign-in attempts together', async () => {
    const { email } = await first.signUp();
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1) {
      const api = guess % 2 === 0 ? first : second;
      const body = { email, password: 'wrong-guess' };
      statuses.push((await api.ask('POST', '/api/auth/sign-in/email', { body })).status);
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  });

  it('lose nothing with Redis: work is taken and found, only later', async () => {
    const made = await first.ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    const path = `/api/workspaces/${made.body.id}/conversations`;
    const { id } = (await first.ask('POST', path, { as: user, body: {} })).body;
    await redis.stop();
    await eventually(async () => (await second.ask('GET', '/health')).status).toBe(503);
    const waiting = new AgentWorker(second).tryClaim(15_000);
    const page = await LiveClient.open(second, user);
    page.subscribe(`conversation:${id}`, 0);
    const sent = await first.ask('POST', `/api/conversations/${id}/messages`, {
      as: user,
      body: { text: 'hello' },
    });
    expect(sent.status).toBe(201);
    expect((await waiting)?.turn_id).toBe(sent.body.turn_id);
    await eventually(() => page.seqs(`conversation:${id}`)).toEqual([1, 2, 3]);
    page.close();
    await redis.start();
    await eventually(async () => (await second.ask('GET', '/health')).status).toBe(200);
  }, 60_000);
});
