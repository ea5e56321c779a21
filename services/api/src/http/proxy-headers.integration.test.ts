import { beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';

/** A proxy that api trusts: what it passes on without care is the worst that can come. */
const api = setUpApi(() => ({ variables: { TRUSTED_PROXIES: '127.0.0.1' } }));
let user: TestUser;
let admin: TestUser;

beforeAll(async () => {
  user = await api().signUp();
  admin = await api().signInAdmin();
});

async function ask(...lines: string[]) {
  const request = [...lines, 'Connection: close'].join('\r\n');
  const { status, body } = await sendRaw(api().baseUrl, `${request}\r\n\r\n`);
  const read: unknown = body === '' ? undefined : JSON.parse(body);
  return { status, read: read as { id?: string; error?: { code: string } } | undefined };
}

const GET = 'GET /api/me HTTP/1.1';
const HOST = 'Host: 127.0.0.1';
const bearer = ({ token }: TestUser) => `Authorization: Bearer ${token}`;

/** Said by a proxy, or in the name of one: none of it says who asks, for what, or where. */
const ADDED = [
  'X-Forwarded-For: 203.0.113.7',
  'X-Forwarded-For: 127.0.0.1, , junk',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 1',
  'X-Forwarded-Prefix: /api/admin',
  'X-Forwarded-User: admin',
  'X-Real-IP: 127.0.0.1',
  'Forwarded: for=127.0.0.1;host=evil.example;proto=https',
  'Via: 1.1 somewhere',
  'X-Original-URL: /api/admin/settings',
  'X-Rewrite-URL: /api/admin/settings',
  'X-HTTP-Method-Override: DELETE',
  'Connection: Authorization, Host, Cookie',
  'Keep-Alive: timeout=1',
  'Proxy-Connection: keep-alive',
  'Proxy-Authorization: Basic YTpi',
  'TE: trailers',
  'Trailer: Authorization',
  'Max-Forwards: 0',
  'Cookie: a=b',
  'Sec-Fetch-Site: cross-site',
];

describe('a header that a proxy adds', () => {
  it.each(ADDED)('%s changes neither who asks nor for what, once or twice', async (line) => {
    for (const lines of [[line], [line, line]]) {
      expect(await ask(GET, HOST, bearer(user), ...lines)).toMatchObject({
        status: 200,
        read: { id: user.id },
      });
      expect((await ask(GET, HOST, ...lines)).status).toBe(401);
      const asAdmin = await ask('GET /api/admin/settings HTTP/1.1', HOST, bearer(user), ...lines);
      expect(asAdmin).toMatchObject({ status: 403, read: { error: { code: 'forbidden' } } });
    }
  });

  it.each([
    ['a second Host', ['Host: 127.0.0.1'], 400],
    ['a second length', ['Content-Length: 0', 'Content-Length: 1'], 400],
    ['a length beside chunks', ['Content-Length: 1', 'Transfer-Encoding: chunked'], 400],
    ['chunks', ['Transfer-Encoding: chunked'], 400],
    ['chunks twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], 400],
    ['another coding', ['Transfer-Encoding: gzip'], 400],
    ['a length of nothing', ['Content-Length:'], 400],
    ['a length with a sign', ['Content-Length: +1'], 400],
    ['a folded line', ['X-A: b', ' c'], 400],
    ['a space before the colon', ['X-A : b'], 400],
    ['a wish that nobody knows', ['Expect: miracles'], 417],
  ])('%s is refused in the one shape', async (_name, lines, status) => {
    const response = await ask(GET, HOST, bearer(user), ...lines);
    expect(response).toMatchObject({ status, read: { error: { code: 'invalid_request' } } });
  });

  it('a second credential makes none: neither the first nor the last wins', async () => {
    for (const [first, second] of [
      [user, admin],
      [admin, user],
      [user, user],
    ] as const) {
      expect((await ask(GET, HOST, bearer(first), bearer(second))).status).toBe(401);
    }
  });

  it('a second Origin makes none', async () => {
    const cookie = `Cookie: ${user.cookie}`;
    const own = `Origin: ${PAGE_ORIGIN}`;
    for (const other of ['Origin: https://evil.example', 'Origin: null', own]) {
      expect((await ask(GET, HOST, cookie, own, other)).status).toBe(403);
      expect((await ask(GET, HOST, cookie, other, own)).status).toBe(403);
    }
  });

  it('a second line of cookies belongs to the first', async () => {
    const own = `Origin: ${PAGE_ORIGIN}`;
    for (const lines of [
      ['Cookie: a=b', `Cookie: ${user.cookie}`],
      [`Cookie: ${user.cookie}`, 'Cookie: a=b'],
    ]) {
      expect(await ask(GET, HOST, own, ...lines)).toMatchObject({ status: 200, read: { id: user.id } });
      // A session is still the page's alone.
      expect((await ask(GET, HOST, ...lines)).status).toBe(403);
    }
  });
});

describe('a header that a proxy drops', () => {
  it.each([
    ['Host', [GET, 'Authorization: Bearer x'], 400],
    ['Authorization', [GET, HOST], 401],
    ['Origin', [GET, HOST, 'Cookie: podex.session_token=a.b'], 403],
    ['Content-Length', ['POST /api/tokens HTTP/1.1', HOST, 'Content-Type: application/json'], 401],
  ])('%s leaves less, never more', async (_name, lines, status) => {
    expect((await ask(...lines)).status).toBe(status);
  });

  it('Content-Type leaves a body that is not read', async () => {
    const body = '{"name":"x"}';
    const lines = ['POST /api/tokens HTTP/1.1', HOST, bearer(user), `Content-Length: ${body.length}`];
    const response = await ask(...lines, `Connection: close\r\n\r\n${body}`);
    expect(response).toMatchObject({ status: 400, read: { error: { code: 'invalid_request' } } });
  });
});
