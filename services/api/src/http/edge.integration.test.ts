import { describe, expect, it } from 'vitest';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, PASSWORD } from '../../testing/test-api.ts';

const METRICS_TOKEN = 'metrics-token-of-tests-of-32-characters';
const postgres = setUpPostgres();
const api = setUpApi(() => ({ variables: { METRICS_TOKEN } }), postgres);

/** One request as raw lines, on a connection of its own. */
const raw = (...lines: string[]) =>
  sendRaw(api().baseUrl, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
const codeOf = (body: string) => JSON.parse(body).error.code as string;
const ownHost = () => new URL(api().baseUrl).host;

describe('a strange Host', () => {
  it('gets no account: a page whose name was led here signs nobody up', async () => {
    const body = JSON.stringify({ email: 'rebound@example.com', password: PASSWORD, name: 'x' });
    const lines = [
      'POST /api/auth/sign-up/email HTTP/1.1',
      'Host: evil.example:3001',
      'Origin: http://evil.example:3001',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      `Connection: close\r\n\r\n${body}`,
    ];
    const response = await sendRaw(api().baseUrl, lines.join('\r\n'));
    expect({ status: response.status, code: codeOf(response.body) }).toEqual({
      status: 421,
      code: 'host_not_allowed',
    });
    expect(response.body).toContain('API_HOSTS');
    const signIn = { email: 'rebound@example.com', password: PASSWORD };
    expect((await api().ask('POST', '/api/auth/sign-in/email', { body: signIn })).status).toBe(401);
  });

  it.each(['/api/me', '/api/docs', '/api/openapi.json', '/api/nothing'])(
    'is told nothing at %s',
    async (path) => {
      const response = await raw(
        `GET ${path} HTTP/1.1`,
        'Host: evil.example',
        `X-Forwarded-Host: ${ownHost()}`,
      );
      expect(codeOf(response.body)).toBe('host_not_allowed');
    },
  );

  it('opens no WebSocket', async () => {
    const user = await api().signUp();
    const response = await raw(
      'GET /api/live HTTP/1.1',
      'Host: evil.example',
      'Upgrade: websocket',
      `Authorization: Bearer ${user.token}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    );
    expect(codeOf(response.body)).toBe('host_not_allowed');
  });

  it('is no matter to health', async () => {
    expect((await raw('GET /health HTTP/1.1', 'Host: 10.0.0.7')).status).toBe(200);
  });
});

describe('what is no proper request', () => {
  it.each([
    ['no Host', ['GET /api/me HTTP/1.1'], 400],
    ['no Host, as old clients do', ['GET /api/me HTTP/1.0'], 400],
    ['two Hosts', ['GET /api/me HTTP/1.1', 'Host: localhost', 'Host: evil.example'], 400],
    ['a Host that is none', ['GET /api/me HTTP/1.1', 'Host: a b'], 400],
    ['an absolute target', ['GET http://evil.example/api/me HTTP/1.1', 'Host: localhost'], 400],
    ['a method of nobody', ['TRACE /api/me HTTP/1.1', 'Host: localhost'], 400],
    ['a method unheard of', ['BREW /api/me HTTP/1.1', 'Host: localhost'], 400],
    ['a NUL in the path', ['GET /api/\0 HTTP/1.1', 'Host: localhost'], 400],
    ['an address of 20 KB', [`GET /api/me?${'a'.repeat(20_000)} HTTP/1.1`, 'Host: localhost'], 431],
  ])('%s is answered with the error body', async (_name, lines, status) => {
    const response = await raw(...lines);
    expect({ status: response.status, code: codeOf(response.body) }).toEqual({
      status,
      code: 'invalid_request',
    });
    expect(response.headers['x-request-id']).toBe(JSON.parse(response.body).error.request_id);
  });

  it.each(['%zz', '%c0%af', '%00', '%2e%2e%2f', 'ws_%00', 'x'.repeat(3000)])(
    'an id such as %s is none',
    async (id) => {
      const user = await api().signUp();
      const response = await api().ask('GET', `/api/workspaces/${id}`, { as: user });
      expect({ status: response.status, code: response.body.error?.code }).toEqual({
        status: 400,
        code: 'invalid_request',
      });
    },
  );

  it('a body that is no JSON, or says so, is refused', async () => {
    const user = await api().signUp();
    const send = async (type: string, body: string) => {
      const response = await fetch(new URL('/api/workspaces?wait_ms=0', api().baseUrl), {
        method: 'POST',
        headers: { authorization: `Bearer ${user.token}`, 'content-type': type },
        body,
      });
      return { status: response.status, answered: await response.json() };
    };
    const deep = `{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    for (const [type, body] of [
      ['application/json', '{"name":'],
      ['application/json', 'null'],
      ['application/json', deep],
      ['application/json', '{"name":1e999}'],
      ['application/json', '{"name":"a\\u0000"}'],
      ['application/json', '{"name":"a\\ud800"}'],
      ['text/plain', '{"name":"a"}'],
      ['application/x-www-form-urlencoded', 'name=a'],
      ['multipart/form-data; boundary=x', '--x--'],
      ['application/jsonp', '{"name":"a"}'],
    ] as const) {
      const response = await send(type, body);
      expect({ type, sent: body.slice(0, 30), ...response }).toMatchObject({
        status: 400,
        answered: { error: { code: 'invalid_request' } },
      });
    }
    const polluting = '{"name":"a","__proto__":{"admin":true},"env":{"__proto__":"x","A":"1"}}';
    const made = await send('application/json', polluting);
    expect(made.status).toBe(201);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('every response', () => {
  it.each([
    ['GET', '/health', 200],
    ['GET', '/api/me', 401],
    ['HEAD', '/api/me', 401],
    ['GET', '/api/nothing', 404],
    ['GET', '/nothing', 404],
    ['PUT', '/api/me', 405],
    ['POST', '/health', 405],
    ['DELETE', '/api/workspaces', 405],
    ['POST', '/internal/turns/claim', 404],
    ['GET', '/api/openapi.json', 200],
  ])('to %s %s keeps browsers out', async (method, path, status) => {
    const { headers, body, ...response } = await api().ask(method, path);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    });
    expect(headers.has('strict-transport-security')).toBe(false);
    if (status >= 400 && method !== 'HEAD') {
      expect(Object.keys(body)).toEqual(['error']);
      expect(body.error.request_id).toBe(headers.get('x-request-id'));
      expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:\d/);
    }
  });

  it('says which methods a path takes', async () => {
    const response = await api().ask('PUT', '/api/workspaces');
    expect(response.body.error).toMatchObject({ code: 'method_not_allowed' });
    expect(response.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('tells a foreign page nothing at OPTIONS', async () => {
    const preflight = (origin: string) =>
      api().ask('OPTIONS', '/api/me', { headers: { origin, 'access-control-request-method': 'GET' } });
    expect((await preflight(PAGE_ORIGIN)).headers.get('access-control-allow-origin')).toBe(PAGE_ORIGIN);
    expect((await preflight('https://evil.example')).headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('behind https', () => {
  const secured = setUpApi(() => ({ variables: { FRONTEND_URL: 'https://podex.yourdomain.com' } }), postgres);

  it('asks browsers to stay with https, and has no metrics without METRICS_TOKEN', async () => {
    const health = await secured().ask('GET', '/health');
    expect(health.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    expect((await secured().ask('GET', '/metrics', { headers })).status).toBe(404);
  });
});

describe('what is operational', () => {
  const withKey = (path: string, key: string) =>
    api().ask('GET', path, { headers: { authorization: `Bearer ${key}` } });

  it('shows metrics to the bearer of METRICS_TOKEN alone', async () => {
    expect((await api().ask('GET', '/metrics')).body.error.code).toBe('unauthenticated');
    expect((await withKey('/metrics', `${METRICS_TOKEN}x`)).status).toBe(401);
    expect((await withKey('/metrics', (await api().signInAdmin()).token)).status).toBe(401);
    expect((await withKey('/metrics', METRICS_TOKEN)).body).toContain('process_cpu_seconds_total');
  });

  it('shows strangers what works, and neither versions, addresses nor reasons', async () => {
    for (const path of ['/health', '/ready']) {
      const { body } = await api().ask('GET', path);
      expect(body).toEqual({
        ok: true,
        service: 'api',
        uptime_seconds: expect.any(Number),
        dependencies: {
          database: { ok: true },
          bus: { ok: true },
          compute: { ok: false },
          agent: { ok: false },
        },
      });
      expect((await withKey(path, 'x'.repeat(40))).body).toEqual(body);
      const detailed = await withKey(path, api().config.internalToken);
      expect(detailed.body.dependencies.database.detail).toMatch(/^PostgreSQL/);
      expect((await withKey(path, METRICS_TOKEN)).body.version).toEqual(expect.any(String));
    }
  });

  it('shows servers to admins and the bearer of METRICS_TOKEN alone', async () => {
    const path = '/api/compute/health';
    const admin = await api().signInAdmin();
    const user = await api().signUp();
    const stranger = await api().ask('GET', path);
    expect({ status: stranger.status, keys: Object.keys(stranger.body) }).toEqual({
      status: 503,
      keys: ['ok', 'service', 'uptime_seconds', 'dependencies'],
    });
    expect(stranger.body.dependencies).toEqual({ compute: { ok: false } });
    for (const lesser of [
      await api().ask('GET', path, { as: user }),
      await withKey(path, 'pdx_not-a-token-at-all-00000'),
      await api().ask('GET', path, { headers: { cookie: admin.cookie } }),
      await api().ask('GET', path, { headers: { cookie: admin.cookie, origin: api().baseUrl } }),
    ]) {
      expect(lesser.body).not.toHaveProperty('servers');
    }
    for (const told of [
      await api().ask('GET', path, { as: admin }),
      await api().ask('GET', path, { headers: { cookie: admin.cookie, origin: PAGE_ORIGIN } }),
      await withKey(path, METRICS_TOKEN),
    ]) {
      expect(told.body.servers).toEqual([]);
    }
  });
});

describe('a session', () => {
  it('is the page’s alone: no other document gets to use it', async () => {
    const { cookie } = await api().signUp();
    const own = api().baseUrl;
    const attempt = (path: string, headers: Record<string, string>) =>
      api().ask('GET', path, { headers: { cookie, ...headers } });
    for (const path of ['/api/me', '/api/workspaces', '/api/auth/get-session', '/api/sessions']) {
      for (const headers of [
        {},
        { origin: own },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'same-origin' },
        { referer: `${own}/api/docs` },
        {
          'sec-fetch-site': 'same-origin',
          referer: `${own}/api/workspaces/ws_1/files/content?path=evil.html`,
        },
        { 'sec-fetch-site': 'cross-site', referer: `${own}/api/docs` },
        { 'sec-fetch-site': 'same-origin', referer: 'https://evil.example/api/docs' },
      ]) {
        const response = await attempt(path, headers);
        expect({ path, headers, code: response.body?.error?.code }).toEqual({
          path,
          headers,
          code: 'origin_not_allowed',
        });
      }
      expect((await attempt(path, { origin: PAGE_ORIGIN })).status).toBe(200);
    }
    const asDocs = { 'sec-fetch-site': 'same-origin', referer: `${own}/api/docs` };
    expect((await attempt('/api/me', asDocs)).status).toBe(200);
    const written = await api().ask('POST', '/api/tokens', {
      headers: { cookie, ...asDocs },
      body: { name: 'x' },
    });
    expect(written.body.error.code).toBe('origin_not_allowed');
  });

  it('is not honoured at a handshake of api’s own origin', async () => {
    const { cookie } = await api().signUp();
    const response = await raw(
      'GET /api/live HTTP/1.1',
      `Host: ${ownHost()}`,
      `Origin: ${api().baseUrl}`,
      `Cookie: ${cookie}`,
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    );
    expect(codeOf(response.body)).toBe('origin_not_allowed');
  });
});
