import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { type Opened, openSocket, openStream } from '../../testing/open-connections.ts';
import { setUpApi } from '../../testing/set-up.ts';
import type { TestUser } from '../../testing/test-api.ts';
import { CONNECTION_LIMITS } from './connection-registry.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the connections of one user', () => {
  const api = setUpApi();
  let user: TestUser;
  let events: string;
  let secondToken: string;
  const opened: Opened[] = [];

  beforeAll(async () => {
    user = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    const path = `/api/workspaces/${made.body.id}/conversations`;
    const conversation = await api().ask('POST', path, { as: user, body: {} });
    events = `/api/conversations/${conversation.body.id}/events?after=0`;
    secondToken = (await api().ask('POST', '/api/tokens', { as: user, body: { name: 'second' } })).body
      .secret;
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) one.cut();
  });

  const stream = async (token: string) => {
    const one = await openStream('event stream', api(), events, bearer(token));
    opened.push(one);
    return one;
  };
  const socket = async (token: string) => {
    const one = await openSocket('live socket', api(), '/api/live', bearer(token));
    opened.push(one);
    return one;
  };
  const statusOfSocket = (token: string) =>
    LiveClient.refusal(`${api().baseUrl.replace('http', 'ws')}/api/live`, bearer(token));

  it('are limited by token and in all; others are not touched; a place that is left can be taken', async () => {
    const asked = await Promise.all(range(150).map(() => stream(user.token)));
    await eventually(() => asked.filter(({ text }) => text.includes('limit_reached')).length).toBe(
      150 - CONNECTION_LIMITS.longLivedPerCredential,
    );
    const refused = asked.find(({ text }) => text.includes('limit_reached'));
    expect(JSON.parse(refused?.text ?? '').error).toMatchObject({
      code: 'limit_reached',
      context: { limit: 'connections_per_credential', max: CONNECTION_LIMITS.longLivedPerCredential },
    });
    const rest = DEFAULT_SETTINGS.max_connections_per_user - CONNECTION_LIMITS.longLivedPerCredential;
    for (const _ of range(rest)) await socket(secondToken);
    const above = await statusOfSocket(secondToken);
    expect(above.status).toBe(429);
    expect(JSON.parse(above.body).error.context).toEqual({
      limit: 'max_connections_per_user',
      max: DEFAULT_SETTINGS.max_connections_per_user,
    });
    // Requests of the user, and connections of others, go on.
    expect((await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
    const other = await api().signUp();
    expect((await socket(other.token)).endedAt).toBeUndefined();

    opened.find(({ name }) => name === 'live socket')?.cut();
    await eventually(async () => {
      const again = await statusOfSocket(secondToken).catch(() => ({ status: 101 }));
      return again.status;
    }).toBe(101);
  });

  it('give their place back however they end', async () => {
    // A thousand in all, far more than may be open at once.
    for (const round of range(50)) {
      const batch = await Promise.all(
        range(20).map((index) => (index % 2 ? socket(user.token) : stream(user.token))),
      );
      for (const one of batch) one.cut();
      await eventually(() => batch.every(({ endedAt }) => endedAt !== undefined)).toBe(true);
      expect([round, batch.filter(({ text }) => text.includes('limit_reached')).length]).toEqual([round, 0]);
    }
  });
});

describe('requests in progress', () => {
  const api = setUpApi();

  it('of one user are limited, and those of others are not', async () => {
    const [user, other] = [await api().signUp(), await api().signUp()];
    const controller = new AbortController();
    const body = JSON.stringify({ name: 'w' });
    const headers = { ...bearer(user.token), 'content-type': 'application/json' };
    const waiting = range(CONNECTION_LIMITS.requestsPerUser).map(() =>
      fetch(`${api().baseUrl}/api/workspaces?wait_ms=60000`, {
        method: 'POST',
        headers,
        body,
        signal: controller.signal,
      }).catch(() => undefined),
    );
    await eventually(
      async () => (await api().ask('GET', '/api/me', { as: user })).body.error?.context,
    ).toEqual({
      limit: 'requests_per_user',
      max: CONNECTION_LIMITS.requestsPerUser,
    });
    expect((await api().ask('GET', '/api/me', { as: other })).status).toBe(200);
    controller.abort();
    await Promise.all(waiting);
    await eventually(async () => (await api().ask('GET', '/api/me', { as: user })).status).toBe(200);
  });
});

describe('connections that are kept open', () => {
  const api = setUpApi(() => ({ areConnectionsLimited: true }));

  it('of one user are limited, so that nobody takes all of a process', async () => {
    const user = await api().signUp();
    const { hostname, port } = new URL(api().baseUrl);
    const sockets: Socket[] = [];
    try {
      for (const _ of range(300)) {
        const socket = connect(Number(port), hostname);
        sockets.push(socket);
        socket.write(
          `GET /api/me HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${user.token}\r\n\r\n`,
        );
        await once(socket, 'data');
      }
      await eventually(() => sockets.filter((socket) => !socket.readableEnded).length).toBeLessThanOrEqual(
        256,
      );
      expect((await api().ask('GET', '/api/me', { as: await api().signUp() })).status).toBe(200);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
