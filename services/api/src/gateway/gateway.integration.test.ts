import { once } from 'node:events';
import { newId } from '@podex/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { LiveClient } from '../../testing/live-client.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { COMPUTE_KEY, PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';

describe('the byte gateway', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  });
  let user: TestUser;
  let running: string;
  let waiting: string;

  beforeAll(async () => {
    user = await api().signUp();
    const create = async () =>
      (await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } })).body.id;
    running = await create();
    await new ComputeWorker(api(), await ComputeWorker.registerServer(api())).step();
    waiting = await create();
  });
  beforeEach(() => {
    compute.requests.length = 0;
    compute.respond = (_request, response) => response.end('answered');
  });
  afterAll(() => compute.stop());

  const inside = (id: string, path: string) => `/api/workspaces/${id}/${path}`;

  it('forwards bytes, path and query, with a capability in place of the client’s credentials', async () => {
    compute.respond = (_request, response) => {
      response.writeHead(206, {
        etag: '"1"',
        'content-range': 'bytes 0-1/2',
        'set-cookie': 'evil=1',
        'x-own': 'y',
      });
      response.end('ok');
    };
    const answer = await api().ask('PUT', inside(running, 'files/content?path=a%20b%2F%C3%A4&x=1'), {
      headers: {
        cookie: user.cookie,
        origin: PAGE_ORIGIN,
        'if-match': '"0"',
        'x-request-id': 'request-from-the-page',
        'content-type': 'application/octet-stream',
      },
      body: 'the content',
    });
    expect([answer.status, answer.body]).toEqual([206, 'ok']);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('x-own')).toBeNull();
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE_ORIGIN);
    expect(answer.headers.get('x-request-id')).toBe('request-from-the-page');
    expect(answer.headers.getSetCookie().join()).not.toContain('evil');
    const [seen] = compute.requests;
    expect(seen).toMatchObject({
      method: 'PUT',
      url: `/workspaces/${running}/files/content?path=a%20b%2F%C3%A4&x=1`,
      body: '"the content"',
      headers: {
        authorization: expect.stringMatching(/^Bearer ey/),
        'if-match': '"0"',
        'x-request-id': 'request-from-the-page',
      },
    });
    expect(seen?.headers.cookie).toBeUndefined();
  });

  it('streams what is larger than any limit of its own', async () => {
    const size = 8 * 1024 * 1024;
    compute.respond = (request, response) => response.end(String(request.body.length));
    const upload = await fetch(`${api().baseUrl}${inside(running, 'files/content?path=a')}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${user.token}` },
      body: 'x'.repeat(size),
    });
    expect(await upload.text()).toBe(String(size));
    compute.respond = (_request, response) => {
      response.write('first');
    };
    const controller = new AbortController();
    const stream = await fetch(`${api().baseUrl}${inside(running, `commands/${newId('command')}/output`)}`, {
      headers: { authorization: `Bearer ${user.token}` },
      signal: controller.signal,
    });
    const chunk = await stream.body?.getReader().read();
    expect(Buffer.from(chunk?.value ?? []).toString()).toBe('first');
    controller.abort();
  });

  it('passes errorResponses of the workspace on as they are', async () => {
    const body = {
      error: { code: 'file_not_found', message: 'no', context: { path: 'a' }, request_id: 'r' },
    };
    compute.respond = (_request, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const answer = await api().ask('GET', inside(running, 'files?path=a'), { as: user });
    expect(answer).toMatchObject({ status: 404, body });
  });

  it('does not wake a workspace that is not running', async () => {
    const answer = await api().ask('GET', inside(waiting, 'files?path=a'), { as: user });
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'workspace_not_running', context: { status: 'creating' } } },
    });
    expect(compute.requests).toEqual([]);
  });

  it('forwards only what the workspace API has', async () => {
    for (const path of ['', 'settings', 'health', 'files/../settings', 'files/content/x']) {
      const answer = await api().ask('PUT', inside(running, path), { as: user });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect(compute.requests).toEqual([]);
  });

  it('joins a terminal’s WebSocket', async () => {
    const path = inside(running, `terminals/${newId('terminal')}/attach?after=5`);
    const headers = { cookie: user.cookie, origin: PAGE_ORIGIN };
    const socket = new WebSocket(`${api().baseUrl.replace('http', 'ws')}${path}`, { headers });
    await once(socket, 'open');
    const echo = once(socket, 'message');
    socket.send(Buffer.from([0, 255, 1]));
    const [data, isBinary] = await echo;
    expect([Buffer.from(data), isBinary]).toEqual([Buffer.from([0, 255, 1]), true]);
    expect(compute.upgrades[0]).toMatchObject({
      url: path.replace('/api/', '/'),
      headers: { authorization: expect.stringMatching(/^Bearer ey/) },
    });
    expect(compute.upgrades[0]?.headers.cookie).toBeUndefined();
    socket.close();
    await once(socket, 'close');
  });

  it('refuses a terminal to strangers, readers, foreign pages, and while nothing runs', async () => {
    const stranger = await api().signUp();
    const made = await api().ask('POST', '/api/tokens', { as: user, body: { name: 'r', scopes: ['agent'] } });
    const attach = async (id: string, headers: Record<string, string>) => {
      const url = api().baseUrl.replace('http', 'ws') + inside(id, `terminals/${newId('terminal')}/attach`);
      const { status, body } = await LiveClient.refusal(url, headers);
      return [status, JSON.parse(body).error.code];
    };
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    expect(await attach(running, bearer(stranger.token))).toEqual([404, 'workspace_not_found']);
    expect(await attach(running, bearer(made.body.secret))).toEqual([403, 'forbidden']);
    expect(await attach(running, { cookie: user.cookie, origin: 'https://evil.example' })).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(await attach(waiting, bearer(user.token))).toEqual([409, 'workspace_not_running']);
  });

  it('reports compute’s health, and its silence', async () => {
    const report = {
      ok: true,
      service: 'compute',
      version: '1',
      uptime_seconds: 1,
      dependencies: {},
      servers: [{ id: 'srv_1', name: 'one', status: 'ready', reason: null }],
    };
    compute.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(report));
    };
    const admin = await api().signInAdmin();
    const ask = () => api().ask('GET', '/api/compute/health', { as: admin });
    expect(await ask()).toMatchObject({ status: 200, body: report });
    expect(compute.requests.at(-1)?.headers.authorization).toBe(`Bearer ${COMPUTE_KEY}`);
    await compute.stop();
    const silent = await ask();
    expect(silent).toMatchObject({ status: 503, body: { ok: false, servers: [{ status: 'ready' }] } });
    const answer = await api().ask('GET', inside(running, 'files?path=a'), { as: user });
    expect(answer).toMatchObject({
      status: 503,
      body: { error: { code: 'service_unavailable', context: { service: 'compute' } } },
    });
    const health = await api().ask('GET', '/health');
    expect(health).toMatchObject({
      status: 200,
      body: { ok: true, dependencies: { database: { ok: true }, bus: { ok: true }, compute: { ok: false } } },
    });
    expect((await api().ask('GET', '/ready')).status).toBe(200);
  });
});
