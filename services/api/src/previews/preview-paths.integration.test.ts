import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import { NAVIGATION } from '../../testing/preview-browser.ts';
import { PreviewScene } from '../../testing/preview-scene.ts';
import { PAGE_ORIGIN } from '../../testing/test-api.ts';

const scene = new PreviewScene({ isOriginShared: true });
const host = () => `localhost:${scene.sharedPort}`;
const origin = () => `http://${host()}`;
const ports = (workspace = scene.workspace) => `/api/workspaces/${workspace}/ports`;

/** The headers with which a client gets what a public program sends. */
async function received(port: number, head: string): Promise<string> {
  await scene.sayRaw(port, `HTTP/1.1 200 OK\r\n${head}Content-Length: 2\r\n\r\nok`);
  await scene.setPort(port, { access: 'public' });
  using client = new RawClient(scene.sharedPort);
  client.send(`GET ${scene.prefix(port)}/ HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`);
  return await client.closed();
}

describe('a preview below a shared origin', () => {
  it('says that it is one, and where it is', async () => {
    const { body } = await scene.setPort(5173, { label: 'shop' });
    expect(body).toMatchObject({ url: `${origin()}${scene.prefix()}/`, is_origin_shared: true });
    expect(new URL(body.url).origin).not.toBe(PAGE_ORIGIN);
  });

  it('opens for its people alone, by a one-time code, and its program knows nothing of the prefix but a header', async () => {
    const stranger = scene.browser();
    expect((await stranger.ask(host(), `${scene.prefix()}/a`)).status).toBe(401);
    const browser = scene.browser(scene.owner);
    const shown = await browser.open(host(), `${scene.prefix()}/a?b=c`);
    expect(shown.status).toBe(200);
    const seen = JSON.parse(shown.body);
    expect(seen).toMatchObject({
      url: '/a?b=c',
      headers: { host: 'localhost:5173', 'x-forwarded-host': host(), 'x-forwarded-prefix': scene.prefix() },
    });
    expect(seen.headers).not.toHaveProperty('cookie');
    const other = await scene.api().signUp();
    await expect(scene.browser(other).open(host(), `${scene.prefix()}/`)).rejects.toThrow('not_found');
  });

  it('keeps its cookies below its prefix, those of Podex too, and takes none of a whole host', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(host(), `${scene.prefix()}/`);
    expect([...browser.cookies.keys()].filter((key) => (browser.cookies.get(key)?.size ?? 0) > 0)).toEqual([
      `${host()}${scene.prefix()}/`,
    ]);
    const cookies = [
      'plain=1; Path=/',
      'deep=1; HttpOnly; Path=/app',
      `own=1; Path=${scene.prefix(7000)}/app`,
      'none=1; SameSite=Lax',
      'last=1; Path=/a; Path=/b',
      'wide=1; Domain=localhost; Path=/',
      '__Host-id=1; Path=/; Secure',
      'podex_preview=1; Path=/',
    ];
    const got = await received(7000, cookies.map((one) => `Set-Cookie: ${one}\r\n`).join(''));
    const prefix = scene.prefix(7000);
    expect(got.match(/^set-cookie: .*$/gim)).toEqual([
      `set-cookie: plain=1; Path=${prefix}/`,
      `set-cookie: deep=1; HttpOnly; Path=${prefix}/app`,
      `set-cookie: own=1; Path=${prefix}/app`,
      'set-cookie: none=1; SameSite=Lax',
      `set-cookie: last=1; Path=${prefix}/b`,
      `set-cookie: wide=1; Path=${prefix}/`,
    ]);
  });

  it.each([
    ['/next?a=b', (prefix: string) => `${prefix}/next?a=b`],
    ['http://localhost:7001/next', (prefix: string) => `${origin()}${prefix}/next`],
    ['next', () => 'next'],
    ['https://elsewhere.example/next', () => 'https://elsewhere.example/next'],
    ['//elsewhere.example/next', () => '//elsewhere.example/next'],
  ])('leads browsers on to %s below its prefix, and elsewhere as it says', async (location, expected) => {
    const got = await received(7001, `Location: ${location}\r\n`);
    expect(got).toContain(`location: ${expected(scene.prefix(7001))}\r\n`);
  });

  it('that names its own address without the prefix gets the prefix, with it only one', async () => {
    const prefix = scene.prefix(7002);
    expect(await received(7002, `Location: ${origin()}/next\r\n`)).toContain(
      `location: ${origin()}${prefix}/next\r\n`,
    );
    expect(await received(7002, `Location: ${origin()}${prefix}/next\r\n`)).toContain(
      `location: ${origin()}${prefix}/next\r\n`,
    );
  });

  it.each(['/', '/other/', '/..', '/%2e%2e/', 'http://localhost/'])(
    'registers no service worker for more than its prefix (%s)',
    async (scope) => {
      const got = await received(7003, `Service-Worker-Allowed: ${scope}\r\n`);
      const [, allowed] = /^service-worker-allowed: (.*)$/im.exec(got) ?? [];
      expect(allowed?.startsWith(`${scene.prefix(7003)}/`)).toBe(true);
      expect(new URL(allowed ?? '', origin()).pathname.startsWith(`${scene.prefix(7003)}/`)).toBe(true);
    },
  );

  it('opens by a link until that is revoked, and says when the last ends', async () => {
    await scene.setPort(5173, { access: 'link' });
    const url = await scene.link(5173);
    expect(url.href.startsWith(`${origin()}${scene.prefix()}/?podex_link=`)).toBe(true);
    const { body } = await scene.api().ask('GET', ports(), { as: scene.owner });
    const [shown] = body.items;
    expect(Date.parse(shown.links_expire_at)).toBeGreaterThan(Date.now());
    const stranger = scene.browser();
    const led = await stranger.ask(host(), `${url.pathname}${url.search}`, { headers: NAVIGATION });
    expect([led.status, led.headers.location]).toEqual([302, `${scene.prefix()}/`]);
    expect((await stranger.ask(host(), `${scene.prefix()}/`)).status).toBe(200);
    await scene.api().ask('DELETE', `${ports()}/5173/links`, { as: scene.owner });
    expect((await stranger.ask(host(), `${scene.prefix()}/`)).status).toBe(401);
    const { body: after } = await scene.api().ask('GET', ports(), { as: scene.owner });
    expect(after.items[0].links_expire_at).toBeNull();
    await scene.setPort(5173, { access: 'private' });
  });

  it('gives its cookie to no other preview, and its cookie opens no other', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(host(), `${scene.prefix()}/`);
    scene.compute.ports.set(5175, scene.compute.ports.get(5173) ?? 0);
    expect((await browser.ask(host(), `${scene.prefix(5175)}/`)).status).toBe(401);
    const kept = browser.cookies.get(`${host()}${scene.prefix()}/`)?.get('podex_preview');
    const headers = { cookie: `podex_preview=${kept}` };
    expect((await browser.ask(host(), `${scene.prefix(5175)}/`, { headers })).status).toBe(401);
    expect(
      (await browser.ask(host(), `${scene.prefix()}/../${scene.prefix(5175).slice(1)}/`)).body,
    ).toContain('"host":"localhost:5173"');
  });

  it('of another site’s page gets nothing by its cookie', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(host(), `${scene.prefix()}/`);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: PAGE_ORIGIN },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
    ]) {
      const shown = await browser.ask(host(), `${scene.prefix()}/`, { method: 'POST', body: 'x', headers });
      expect(shown.status).toBe(403);
    }
    const own = { method: 'POST', body: 'x', headers: { origin: origin() } };
    expect((await browser.ask(host(), `${scene.prefix()}/`, own)).status).toBe(200);
  });

  it('carries WebSockets, whose program sees its own name as their origin', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(host(), `${scene.prefix()}/`);
    const socket = browser.socket(host(), `${scene.prefix()}/live`);
    const [headers] = await once(socket, 'message');
    expect(JSON.parse(String(headers))).toMatchObject({ origin: 'http://localhost:5173' });
    const echo = once(socket, 'message');
    socket.send('hello');
    expect(String((await echo)[0])).toBe('hello');
    socket.close();
    const refused = scene.browser().socket(host(), `${scene.prefix()}/live`);
    expect(String(await once(refused, 'error'))).toContain('401');
  });

  it('is where a request without a prefix goes, by the page that asks; others go nowhere', async () => {
    const browser = scene.browser();
    const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      browser.ask(host(), path, { method, headers });
    const led = await ask('/style.css?v=1', { referer: `${origin()}${scene.prefix()}/page` });
    expect([led.status, led.headers.location]).toEqual([307, `${scene.prefix()}/style.css?v=1`]);
    const folder = await ask(`${scene.prefix()}?a=b`);
    expect([folder.status, folder.headers.location]).toEqual([307, `${scene.prefix()}/?a=b`]);
    for (const [path, headers, method] of [
      ['/style.css', {}, 'GET'],
      ['/style.css', { referer: `${PAGE_ORIGIN}${scene.prefix()}/page` }, 'GET'],
      ['/style.css', { referer: `${origin()}/nobody/page` }, 'GET'],
      ['/style.css', { referer: `${origin()}${scene.prefix()}/page` }, 'POST'],
      ['/70000--x/', {}, 'GET'],
    ] as const) {
      expect((await ask(path, headers, method)).status).toBe(404);
    }
  });

  it('shares its port with nothing of Podex, and answers to no other name', async () => {
    const headers = { authorization: `Bearer ${scene.owner.token}`, cookie: scene.owner.cookie };
    for (const path of ['/api/me', '/health', '/metrics', '/internal/turns/claim', '/.podex/open']) {
      expect([path, (await scene.browser().ask(host(), path, { headers })).status]).toEqual([path, 404]);
    }
    await scene.setPort(5173, { access: 'public' });
    for (const name of ['evil.example', `127.0.0.1:${scene.sharedPort}`, `x.${host()}`]) {
      expect([name, (await scene.browser().ask(name, `${scene.prefix()}/`)).status]).toEqual([name, 404]);
    }
    expect((await scene.browser().ask(host(), `${scene.prefix()}/`)).status).toBe(200);
    await scene.setPort(5173, { access: 'private' });
    const onApi = await scene.api().ask('GET', `${scene.prefix()}/`, { headers: { host: host() } });
    expect(onApi.status).toBe(404);
  });
});
