import { describe, expect, it } from 'vitest';
import { sendRaw } from '../../testing/raw-request.ts';
import { setUpApi, setUpPostgres } from '../../testing/set-up.ts';
import { type TestApi, PAGE_ORIGIN as TWO_ORIGINS_PAGE } from '../../testing/test-api.ts';

const PAGE = 'https://podex.example.com';
const HOST = 'Host: podex.example.com';
const SAME_ORIGIN = 'Sec-Fetch-Site: same-origin';
const postgres = setUpPostgres();

/** One request as raw lines, as the proxy in front of page and api passes it on. */
async function ask(api: TestApi, ...lines: string[]) {
  const { status, body } = await sendRaw(
    api.baseUrl,
    `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`,
  );
  return { status, code: (JSON.parse(body) as { error?: { code: string } } | null)?.error?.code };
}

const REFUSED = { status: 403, code: 'origin_not_allowed' };

describe('page and api behind one origin', () => {
  const api = setUpApi(() => ({ variables: { FRONTEND_URL: PAGE } }), postgres);

  it.each(['/api/me', '/api/workspaces', '/api/auth/get-session'])(
    'a GET of the page to %s needs no Origin',
    async (path) => {
      const { cookie } = await api().signUp();
      const lines = [`GET ${path} HTTP/1.1`, HOST, `Cookie: ${cookie}`, SAME_ORIGIN];
      expect(await ask(api(), ...lines)).toEqual({ status: 200, code: undefined });
      expect((await ask(api(), ...lines, 'Sec-Fetch-Mode: cors', 'Sec-Fetch-Dest: empty')).status).toBe(200);
      expect((await ask(api(), ...lines, `Origin: ${PAGE}`)).status).toBe(200);
    },
  );

  it.each([
    ['an old browser', [HOST]],
    ['an address that was typed', [HOST, 'Sec-Fetch-Site: none']],
    ['a sibling of the page', [HOST, 'Sec-Fetch-Site: same-site']],
    ['a foreign page', [HOST, 'Sec-Fetch-Site: cross-site']],
    ['a word that no browser sends', [HOST, 'Sec-Fetch-Site: same-origin-ish']],
    ['two words', [HOST, SAME_ORIGIN, 'Sec-Fetch-Site: cross-site']],
    ['the same word twice', [HOST, SAME_ORIGIN, SAME_ORIGIN]],
    ['a foreign Origin', [HOST, SAME_ORIGIN, 'Origin: https://evil.example']],
    ['a document in a sandbox', [HOST, SAME_ORIGIN, 'Origin: null']],
    ['a link that is followed', [HOST, SAME_ORIGIN, 'Sec-Fetch-Mode: navigate']],
    ['api’s own name', ['Host: api.podex.example.com', SAME_ORIGIN]],
    ['another port', ['Host: podex.example.com:3001', SAME_ORIGIN]],
    ['a private name', ['Host: 127.0.0.1', SAME_ORIGIN]],
    [
      'a host that a proxy only tells of',
      ['Host: 127.0.0.1', 'X-Forwarded-Host: podex.example.com', SAME_ORIGIN],
    ],
    ['a handshake', [HOST, SAME_ORIGIN, 'Upgrade: websocket']],
  ])('%s uses no session', async (_name, lines) => {
    const { cookie } = await api().signUp();
    for (const path of ['/api/me', '/api/auth/get-session']) {
      const response = await ask(api(), `GET ${path} HTTP/1.1`, ...lines, `Cookie: ${cookie}`);
      expect(response).toEqual(REFUSED);
    }
  });

  it('a change needs Origin as before', async () => {
    const { cookie } = await api().signUp();
    for (const [method, path] of [
      ['POST', '/api/tokens'],
      ['DELETE', '/api/tokens/tok_none'],
      ['POST', '/api/auth/sign-out'],
    ]) {
      const lines = [`${method} ${path} HTTP/1.1`, HOST, `Cookie: ${cookie}`, SAME_ORIGIN];
      expect(await ask(api(), ...lines, 'Content-Length: 0')).toEqual(REFUSED);
    }
  });

  it('opens no live socket without Origin', async () => {
    const { cookie } = await api().signUp();
    const handshake = [
      'GET /api/live HTTP/1.1',
      HOST,
      SAME_ORIGIN,
      `Cookie: ${cookie}`,
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    expect(await ask(api(), ...handshake)).toEqual(REFUSED);
  });
});

describe('page and api on origins of their own', () => {
  const api = setUpApi(() => ({}), postgres);

  it('a document of api’s origin is no page, whatever it says', async () => {
    const { cookie } = await api().signUp();
    const { host } = new URL(api().baseUrl);
    for (const name of [host, 'localhost', 'localhost:3001']) {
      const lines = ['GET /api/me HTTP/1.1', `Host: ${name}`, `Cookie: ${cookie}`, SAME_ORIGIN];
      expect(await ask(api(), ...lines)).toEqual(REFUSED);
      expect((await ask(api(), ...lines, `Origin: ${TWO_ORIGINS_PAGE}`)).status).toBe(200);
    }
  });
});
