import { newId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, TestApi, type TestUser } from '../../testing/test-api.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { appendEvents, pruneEvents } from '../events/event-store.ts';

/** An event without any meaning beyond its number. */
const event = (number: number) =>
  ({
    type: 'workspace.changed',
    workspace_id: 'ws_x',
    desired_status: 'running',
    status: 'running',
    reason: String(number),
  }) as const;
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

const postgres = setUpPostgres();

describe('live events', () => {
  const bus = new InProcessBus();
  let apis: TestApi[];
  let database: Database;
  let transact: Transact;
  let user: TestUser;
  let topic: string;
  const clients: LiveClient[] = [];

  beforeAll(async () => {
    const databaseUrl = await postgres().createDatabase();
    // Two processes of api behind a balancer.
    apis = [await TestApi.start({ databaseUrl, bus }), await TestApi.start({ databaseUrl, bus })];
    database = connectDatabase({ url: databaseUrl, logger: silentLogger });
    transact = testTransact(database.db, bus);
    return async () => {
      await database.close();
      for (const one of apis) await one.stop();
    };
  });
  beforeEach(async () => {
    user = await api().signUp();
    topic = `user:${user.id}`;
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  function api(index = 0): TestApi {
    const one = apis[index];
    if (one === undefined) throw new Error(`there is no api ${index}`);
    return one;
  }
  async function open(index = 0, as = user): Promise<LiveClient> {
    const client = await LiveClient.open(api(index), as);
    clients.push(client);
    return client;
  }
  const append = (...numbers: number[]) => transact((work) => appendEvents(work, topic, numbers.map(event)));

  it('come to every process’s pages, from where they asked', async () => {
    await append(1, 2, 3);
    const [fromStart, fromTwo, fromNow] = [await open(0), await open(1), await open(1)];
    fromStart.subscribe(topic, 0);
    fromTwo.subscribe(topic, 2);
    fromNow.subscribe(topic);
    await eventually(() => fromNow.of('subscribed')).toEqual([{ type: 'subscribed', topic, seq: 3 }]);
    await append(4);
    await eventually(() => fromStart.seqs(topic)).toEqual([1, 2, 3, 4]);
    await eventually(() => fromTwo.seqs(topic)).toEqual([3, 4]);
    await eventually(() => fromNow.seqs(topic)).toEqual([4]);
    expect(fromNow.of('event')[0]).toMatchObject({
      topic,
      seq: 4,
      event: { seq: 4, type: 'workspace.changed', reason: '4', at: expect.stringMatching(/Z$/) },
    });
  });

  it('come exactly once and in order, while several append and the page reconnects again and again', async () => {
    const total = 300;
    const appending = Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (let sent = 0; sent < total / 3; sent += 1) await append(lane * 1000 + sent);
      }),
    );
    const seen: number[] = [];
    for (let connection = 0; seen.length < total; connection += 1) {
      const client = await open(connection % 2);
      client.subscribe(topic, seen.at(-1) ?? 0);
      const wanted = Math.min(total - seen.length, 1 + ((connection * 7) % 40));
      await eventually(() => client.seqs(topic).length).toBeGreaterThanOrEqual(wanted);
      client.close();
      seen.push(...client.seqs(topic));
    }
    await appending;
    expect(seen).toEqual(upTo(total));
  }, 60_000);

  it('say reset when what was asked for is gone, or never was', async () => {
    await append(...upTo(5));
    const client = await open();
    client.subscribe(topic, 6);
    await eventually(() => client.of('reset')).toEqual([{ type: 'reset', topic, seq: 5 }]);
    await transact(({ tx }) => pruneEvents(tx, new Date(Date.now() + 1000)));
    await append(6);
    client.frames.length = 0;
    client.subscribe(topic, 2);
    await eventually(() => client.of('reset')).toEqual([{ type: 'reset', topic, seq: 6 }]);
    client.subscribe(topic, 5);
    await eventually(() => client.seqs(topic)).toEqual([6]);
  });

  it('stop when unsubscribed, and start again when subscribed again', async () => {
    const client = await open();
    client.subscribe(topic, 0);
    await append(1);
    await eventually(() => client.seqs(topic)).toEqual([1]);
    client.send({ type: 'unsubscribe', topic });
    client.send({ type: 'ping' });
    await eventually(() => client.of('pong')).toHaveLength(1);
    await append(2);
    client.subscribe(topic, 1);
    await eventually(() => client.seqs(topic)).toEqual([1, 2]);
  });

  it('are not delayed for others by a page that reads nothing', async () => {
    const [slow, quick] = [await open(), await open()];
    slow.subscribe(topic, 0);
    quick.subscribe(topic, 0);
    slow.socket.pause();
    const text = 'x'.repeat(100_000);
    for (let sent = 0; sent < 40; sent += 1) {
      await transact((work) => appendEvents(work, topic, [{ ...event(sent), reason: text }]));
    }
    await eventually(() => quick.seqs(topic)).toEqual(upTo(40));
    slow.socket.resume();
    await eventually(() => slow.seqs(topic)).toEqual(upTo(40));
  });

  it('are of the own topics alone', async () => {
    const stranger = await api().signUp();
    const admin = await api().signInAdmin();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    const path = `/api/workspaces/${made.body.id}/conversations`;
    const conversation = await api().ask('POST', path, { as: user, body: {} });
    const topics = [topic, `workspace:${made.body.id}`, `conversation:${conversation.body.id}`, 'servers'];
    const theirs = await open(0, stranger);
    for (const one of topics) theirs.subscribe(one, 0);
    await eventually(() => theirs.frames).toHaveLength(4);
    expect(
      theirs
        .of('error')
        .map((frame) => 'code' in frame && frame.code)
        .sort(),
    ).toEqual(['conversation_not_found', 'forbidden', 'user_not_found', 'workspace_not_found']);
    const own = await open();
    for (const one of topics.slice(0, 3)) own.subscribe(one, 0);
    await eventually(() => own.of('subscribed')).toHaveLength(3);
    const admins = await open(0, admin);
    admins.subscribe('servers', 0);
    await eventually(() => admins.of('subscribed')).toHaveLength(1);
  });

  it('end with their connection when they can’t be read for a moment, so that the client comes again', async () => {
    const client = await open();
    client.subscribe(topic, 0);
    await eventually(() => client.of('subscribed')).toHaveLength(1);
    await sql`alter table event rename to event_away`.execute(database.db);
    try {
      bus.wakeAll();
      await eventually(() => client.closeCode).toBe(1013);
      expect(client.of('error')).toEqual([]);
    } finally {
      await sql`alter table event_away rename to event`.execute(database.db);
    }
    const again = await open();
    again.subscribe(topic, 0);
    await eventually(() => again.of('subscribed')).toHaveLength(1);
  });

  it('refuse what is no frame, and too many topics', async () => {
    const client = await open();
    client.socket.send('{"type":"subscribe"}');
    client.socket.send(Buffer.from([1, 2]));
    client.send({ type: 'subscribe', topic: 'user:usr_1' });
    await eventually(() => client.of('error')).toHaveLength(3);
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    client.subscribe(`workspace:${made.body.id}`, 0);
    await eventually(() => client.of('subscribed')).toHaveLength(1);
  });

  it('hold nobody up when one client asks without pause', async () => {
    const flood = 5_000;
    const [client, other] = [await open(), await api().signUp()];
    for (let sent = 0; sent < flood; sent += 1) client.subscribe(`workspace:${newId('workspace')}`);
    await eventually(() => client.of('error').length).toBeGreaterThan(0);
    expect((await api().ask('GET', '/api/workspaces', { as: other })).status).toBe(200);
    expect(client.of('error').length).toBeLessThan(flood / 2);
    await eventually(() => client.of('error').length).toBe(flood);
  }, 40_000);

  it('are opened by the own page, with a session or a token that is still good', async () => {
    const url = `${api().baseUrl.replace('http', 'ws')}/api/live`;
    const refused = async (headers: Record<string, string>, at = url) => {
      const { status, body } = await LiveClient.refusal(at, headers);
      return [status, JSON.parse(body).error.code];
    };
    expect(await refused({})).toEqual([401, 'unauthenticated']);
    expect(await refused({ authorization: 'Bearer pdx_wrong' })).toEqual([401, 'unauthenticated']);
    expect(await refused({ cookie: user.cookie })).toEqual([403, 'origin_not_allowed']);
    expect(await refused({ cookie: user.cookie, origin: 'https://evil.example' })).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(await refused({ cookie: user.cookie, origin: PAGE_ORIGIN }, url.replace('live', 'me'))).toEqual([
      404,
      'not_found',
    ]);
    await expect(LiveClient.refusal(url, { cookie: user.cookie, origin: PAGE_ORIGIN })).rejects.toThrow(
      'accepted',
    );
  });
});

describe('events of a conversation as a stream', () => {
  const api = setUpApi(undefined, postgres);

  it('resume with Last-Event-ID', async () => {
    const user = await api().signUp();
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    const path = `/api/workspaces/${made.body.id}/conversations`;
    const { id } = (await api().ask('POST', path, { as: user, body: {} })).body;
    const say = (text: string) =>
      api().ask('POST', `/api/conversations/${id}/messages`, { as: user, body: { text, delivery: 'queue' } });
    await say('one');
    const headers = { authorization: `Bearer ${user.token}` };
    const url = `${api().baseUrl}/api/conversations/${id}/events`;
    const read = async (from: string, more: Record<string, string>, until: RegExp) => {
      using stream = await openStream(from, { ...headers, ...more });
      return await stream.until(until);
    };
    const first = await read(url, {}, /id: 2\n/);
    expect(first).toMatch(/id: 1\ndata: \{"seq":1,"at":"[^"]+Z","type":"message.created"/);
    expect(await read(url, { 'last-event-id': '1' }, /id: 2\n/)).not.toContain('id: 1\n');
    expect(await read(`${url}?after=1`, {}, /id: 2\n/)).not.toContain('id: 1\n');
    expect(await read(`${url}?after=9`, {}, /reset/)).toContain('event: reset\ndata: {"seq":2}');

    using live = await openStream(`${url}?after=2`, headers);
    await say('two');
    expect(await live.until(/id: 4\n/)).toMatch(/id: 3\n/);
    const stranger = await api().signUp();
    expect((await api().ask('GET', `/api/conversations/${id}/events`, { as: stranger })).status).toBe(404);
  });
});

async function openStream(url: string, headers: Record<string, string>) {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(text)) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) throw new Error(`the stream ended after ${text}`);
        text += chunk.value;
      }
      return text;
    },
    [Symbol.dispose]: () => controller.abort(),
  };
}
