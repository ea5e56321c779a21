import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { countResponses, RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import { NAVIGATION, type PreviewBrowser } from '../../testing/preview-browser.ts';
import { PreviewScene } from '../../testing/preview-scene.ts';
import { PAGE_ORIGIN } from '../../testing/test-api.ts';

const scene = new PreviewScene();
const ENDED_WITHIN_MS = 2_000;

/** A browser that was let in to a preview. */
async function letIn(port = 5173): Promise<PreviewBrowser> {
  const browser = scene.browser(scene.owner);
  await browser.open(scene.host(port));
  return browser;
}

const seenBy = async (browser: PreviewBrowser, headers: Record<string, string>) =>
  JSON.parse((await browser.ask(scene.host(), '/', { headers })).body).headers;

/** Of the raw bytes that a public program sends, what a client gets. */
async function received(port: number, bytes: string, andThen: 'end' | 'stay' = 'end') {
  await scene.sayRaw(port, bytes, andThen);
  await scene.setPort(port, { access: 'public' });
  using client = new RawClient(Number(new URL(scene.api().baseUrl).port));
  client.send(`GET / HTTP/1.1\r\nHost: ${scene.host(port)}\r\nConnection: close\r\n\r\n`);
  return await client.closed();
}

describe('a hostile program', () => {
  it('sets cookies for its own host alone, none of Podex’s names, and clears nobody’s', async () => {
    const cookies = [
      'wide=1; Domain=preview.localhost; Path=/',
      'wider=1; domain = .localhost; HttpOnly',
      'podex_preview=evil; Path=/',
      '__Host-podex_preview=evil; Path=/; Secure',
      '__Secure-podex.session_token=evil',
      'PODEX.session_token=evil; Domain=localhost',
      '=podex_preview=evil',
      'podex_preview',
      'plain=1; Path=/; SameSite=Lax',
    ];
    const head = cookies.map((one) => `Set-Cookie: ${one}\r\n`).join('');
    const steering =
      'Clear-Site-Data: "*"\r\nAlt-Svc: h3="evil.example:443"\r\nStrict-Transport-Security: max-age=1; includeSubDomains\r\n';
    const got = await received(7000, `HTTP/1.1 200 OK\r\n${head}${steering}Content-Length: 2\r\n\r\nok`);
    expect(got.match(/^set-cookie: .*$/gim)).toEqual([
      'set-cookie: wide=1; Path=/',
      'set-cookie: wider=1; HttpOnly',
      'set-cookie: plain=1; Path=/; SameSite=Lax',
    ]);
    expect(got).not.toMatch(/evil|clear-site-data|alt-svc|strict-transport/i);
  });

  it.each([
    [
      'both framings',
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nX: owned\r\n\r\n',
    ],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
    ['a bad chunk', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n'],
    ['less than it said', 'Content-Length: 50\r\n\r\nhello'],
    ['chunks without their end', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ])('that sends %s ends one response and never makes a whole one of it', async (title, message) => {
    const port = 7100 + title.length;
    const got = await received(port, `HTTP/1.1 200 OK\r\n${message}`);
    expect(countResponses(got)).toBeLessThanOrEqual(1);
    expect(got).not.toContain('owned');
    const isRefused = got.startsWith('HTTP/1.1 502 ');
    const isBrokenOff = !got.endsWith('0\r\n\r\n') && !got.includes('content-length: 5\r\n');
    expect(isRefused || isBrokenOff).toBe(true);
  });

  it('that sends more than it said, or what is no HTTP, says nothing to the next request', async () => {
    const more = await received(
      7201,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX: owned\r\n\r\n',
    );
    expect([countResponses(more), more.includes('owned')]).toEqual([1, false]);
    const split = await received(
      7202,
      'HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nok',
    );
    expect(split).toMatch(/^HTTP\/1\.1 502 /);
    expect(await received(7203, 'SSH-2.0-OpenSSH_9.6\r\n')).toMatch(/^HTTP\/1\.1 502 /);
    expect(
      await received(
        7204,
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
        'stay',
      ),
    ).toMatch(/^HTTP\/1\.1 502 /);
  });

  it('leads browsers to itself where it names itself, and cannot speak for Podex’s page', async () => {
    const got = await received(
      7301,
      'HTTP/1.1 302 Found\r\nLocation: http://localhost:7301/next?a=b\r\nContent-Length: 0\r\n\r\n',
    );
    expect(got).toContain(`location: http://${scene.host(7301)}:3001/next?a=b\r\n`);
    // A redirect to the page that opens previews gets a code for the place that it names, for the browser that has its cookie.
    const authorize = `/api/workspaces/${scene.workspace}/ports/7301/authorize`;
    const body = { state: 'x'.repeat(43), path: '//evil.example/' };
    expect((await scene.asPage(scene.owner, 'POST', authorize, body)).status).toBe(400);
    const { body: made } = await scene.asPage(scene.owner, 'POST', authorize, { state: 'x'.repeat(43) });
    expect(new URL(made.url).hostname).toBe(scene.host(7301));
  });

  it('learns no credential of Podex, and not from which of its pages a person came', async () => {
    const browser = await letIn();
    const jwt = await scene.asPage(scene.owner, 'POST', '/api/tokens/jwt', {});
    const token = String(jwt.body.jwt ?? jwt.body.token);
    expect(token).toMatch(/^ey/);
    for (const authorization of [
      `Bearer ${scene.owner.token}`,
      `bearer  ${scene.owner.token}`,
      `Bearer ${token}`,
    ]) {
      expect(await seenBy(browser, { authorization })).not.toHaveProperty('authorization');
    }
    expect(await seenBy(browser, { authorization: 'Basic YTpi' })).toMatchObject({
      authorization: 'Basic YTpi',
    });
    for (const referer of [
      `${PAGE_ORIGIN}/previews/open?state=x`,
      `http://${scene.host()}:3001/.podex/callback?code=x`,
    ]) {
      expect(await seenBy(browser, { referer })).not.toHaveProperty('referer');
    }
    const cookie = `a=1; podex_preview=x; ${scene.owner.cookie}; b=2`;
    const allowed = browser.cookies.get(scene.host())?.get('podex_preview');
    expect(await seenBy(browser, { cookie: `${cookie}; podex_preview=${allowed}` })).toMatchObject({
      cookie: 'a=1; b=2',
    });
  });

  it('is told by Podex alone who asks, whatever the client says of that', async () => {
    const seen = await seenBy(await letIn(), {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
      connection: 'x-forwarded-host, x-gone, close',
      'x-gone': 'yes',
    });
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `${scene.host()}:3001`,
    });
    expect(JSON.stringify(seen)).not.toMatch(/6\.6\.6\.6|evil|x-gone/);
  });
});

describe('a code', () => {
  const begin = async (browser: PreviewBrowser) => {
    const { headers } = await browser.ask(scene.host(), '/', { headers: NAVIGATION });
    const url = new URL(await browser.authorize(headers.location ?? ''));
    return `${url.pathname}${url.search}`;
  };

  it('is good once', async () => {
    const browser = scene.browser(scene.owner);
    const callback = await begin(browser);
    const jar = new Map(browser.cookies.get(scene.host()));
    expect((await browser.ask(scene.host(), callback)).status).toBe(302);
    browser.cookies.set(scene.host(), jar);
    const again = await browser.ask(scene.host(), callback);
    expect([again.status, again.headers['set-cookie']]).toEqual([404, undefined]);
  });

  it('is good in the browser that was sent for it alone, and lost when another shows it', async () => {
    const browser = scene.browser(scene.owner);
    const callback = await begin(browser);
    const thief = scene.browser();
    await thief.ask(scene.host(), '/', { headers: NAVIGATION });
    expect((await thief.ask(scene.host(), callback)).status).toBe(404);
    expect((await browser.ask(scene.host(), callback)).status).toBe(404);
  });

  it('is good at the host that it was made for alone', async () => {
    const browser = scene.browser(scene.owner);
    const callback = await begin(browser);
    const other = scene.host(5174);
    browser.cookies.set(other, new Map(browser.cookies.get(scene.host())));
    const shown = await browser.ask(other, callback);
    expect([shown.status, shown.headers['set-cookie']]).toEqual([404, undefined]);
  });

  it('leads nowhere but to its own preview', async () => {
    for (const path of ['//evil.example/', 'https://evil.example/', '/\\evil.example', '/.//evil.example/']) {
      const browser = scene.browser(scene.owner);
      const callback = new URL(await begin(browser), 'http://preview');
      callback.searchParams.set('path', path);
      const { headers } = await browser.ask(scene.host(), `${callback.pathname}${callback.search}`);
      expect(headers.location).toMatch(/^\/(?![/\\])/);
    }
    await scene.setPort(5173, { access: 'link' });
    const link = await scene.link(5173);
    const led = await scene
      .browser()
      .ask(scene.host(), `//evil.example/${link.search}`, { headers: NAVIGATION });
    expect(led.headers.location).toBe('/evil.example/');
    await scene.setPort(5173, { access: 'private' });
  });
});

describe('a cookie', () => {
  it('of one preview opens no other, of the same workspace or another', async () => {
    const browser = await letIn();
    scene.compute.ports.set(5175, scene.compute.ports.get(5173) ?? 0);
    const other = await scene.create(scene.owner);
    for (const host of [scene.host(5175), scene.host(5173, other)]) {
      browser.cookies.set(host, new Map(browser.cookies.get(scene.host())));
      expect((await browser.ask(host, '/')).status).toBe(401);
    }
  });

  it('that is Podex’s own session, or was changed, opens nothing', async () => {
    const [, grant = ''] = [...((await letIn()).cookies.get(scene.host()) ?? [])][0] ?? [];
    const [body = '', mac = ''] = grant.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, expires_at: claims.expires_at + 1 })).toString(
      'base64url',
    );
    for (const cookie of [
      scene.owner.cookie,
      `podex_preview=${forged}.${mac}`,
      `podex_preview=${body}.`,
      'podex_preview=',
    ]) {
      expect((await scene.browser().ask(scene.host(), '/', { headers: { cookie } })).status).toBe(401);
    }
  });

  it('put beside ours by another preview keeps nobody out', async () => {
    const browser = await letIn();
    const mine = browser.cookies.get(scene.host())?.get('podex_preview');
    const headers = { cookie: `podex_preview=theirs; podex_preview=${mine}` };
    expect((await browser.ask(scene.host(), '/', { headers })).status).toBe(200);
  });

  it('is of no use to the page of another workspace, though browsers send it along', async () => {
    const browser = await letIn();
    const before = scene.compute.tunnels;
    const origin = `http://${scene.host(5173, await scene.create(scene.owner))}:3001`;
    const site = { 'sec-fetch-site': 'same-site' };
    const attempts = [
      browser.ask(scene.host(), '/', { headers: { ...site, 'sec-fetch-mode': 'no-cors' } }),
      browser.ask(scene.host(), '/', { method: 'POST', body: 'x', headers: { ...site, origin } }),
      browser.ask(scene.host(), '/', { method: 'POST', body: 'x', headers: { ...site, origin: 'null' } }),
      browser.ask(scene.host(), '/', {
        method: 'POST',
        body: 'x',
        headers: { ...NAVIGATION, ...site, origin },
      }),
      browser.ask(scene.host(), '/', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      }),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    const socket = browser.socket(scene.host(), '/', { origin });
    expect(String(await once(socket, 'error'))).toContain('403');
    expect(scene.compute.tunnels).toBe(before);
    // Another port of the same workspace is its own.
    const own = { ...site, origin: `http://${scene.host(3000)}:3001` };
    expect((await browser.ask(scene.host(), '/', { method: 'POST', body: 'x', headers: own })).status).toBe(
      200,
    );
    const asked = await browser.ask(scene.host(), '/', {
      method: 'OPTIONS',
      headers: { ...own, 'access-control-request-method': 'PUT' },
    });
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, own.origin]);
    expect((await browser.ask(scene.host(), '/', { headers: { ...NAVIGATION, ...site } })).status).toBe(200);
  });
});

describe('a host', () => {
  it('of previews has nothing of api, and api’s has nothing of previews', async () => {
    const headers = {
      authorization: `Bearer ${scene.owner.token}`,
      cookie: scene.owner.cookie,
      origin: PAGE_ORIGIN,
    };
    for (const path of [
      '/api/me',
      '/health',
      '/metrics',
      '/internal/turns/claim',
      '/.podex/x',
      '/.podex/callback',
    ]) {
      const shown = await scene.browser().ask(scene.host(), path, { headers });
      expect([path, shown.status]).toEqual([path, path.startsWith('/.podex') ? 404 : 401]);
    }
    expect((await scene.api().ask('GET', '/.podex/callback?code=x', { as: scene.owner })).status).toBe(404);
  });

  it('is read once, and strictly', async () => {
    const own = scene.host();
    const ask = async (host: string, target = '/') => {
      const socket = connect(Number(new URL(scene.api().baseUrl).port), '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
      return (await text(socket)).slice(9, 12);
    };
    expect(await ask(`Host: ${own.toUpperCase()}:3001\r\n`)).toBe('401');
    expect(await ask(`Host: ${own}:9999\r\n`)).toBe('401');
    expect(await ask(`Host: ${own}.\r\n`)).toBe('404');
    for (const host of [
      `Host: ${own}\r\nHost: 127.0.0.1\r\n`,
      `Host: 127.0.0.1\r\nHost: ${own}\r\n`,
      `Host: ${own}@127.0.0.1\r\n`,
      `Host: ${own}/..\r\n`,
      `Host: ${own}:0x1\r\n`,
      `Host: xn--${own}é\r\n`,
      '',
    ]) {
      expect([host, await ask(host)]).toEqual([host, '400']);
    }
    expect(await ask(`Host: ..${own}\r\n`)).toMatch(/^40[04]$/);
    expect(await ask('Host: 127.0.0.1\r\n', `http://${own}/`)).toBe('400');
    expect(await ask(`Host: evil-${own.replace('preview.', 'preview-')}\r\n`)).not.toBe('401');
  });
});

describe('what is open', () => {
  const opened = async (browser: PreviewBrowser): Promise<WebSocket> => {
    const socket = browser.socket(scene.host());
    await once(socket, 'message');
    return socket;
  };
  const endsAfter = async (socket: WebSocket, act: () => Promise<unknown>) => {
    const closed = once(socket, 'close');
    await act();
    const since = performance.now();
    await closed;
    expect(performance.now() - since).toBeLessThan(ENDED_WITHIN_MS);
  };

  it('ends within two seconds of the end of the share, or of the session', async () => {
    const guest = await scene.api().signUp();
    const shares = `/api/workspaces/${scene.workspace}/shares`;
    await scene.asPage(scene.owner, 'POST', shares, { email: guest.email, role: 'viewer' });
    const browser = scene.browser(guest);
    await browser.open(scene.host());
    const socket = await opened(browser);
    await endsAfter(socket, () => scene.asPage(scene.owner, 'DELETE', `${shares}/${guest.id}`));
    expect((await browser.ask(scene.host(), '/')).status).toBe(401);
    await scene.asPage(scene.owner, 'POST', shares, { email: guest.email, role: 'viewer' });
    const second = await opened(browser);
    await endsAfter(second, () => scene.asPage(guest, 'POST', '/api/auth/sign-out', {}));
    expect((await browser.ask(scene.host(), '/')).status).toBe(401);
  });

  it('ends within two seconds of the end of its link, or of being public', async () => {
    await scene.setPort(5173, { access: 'link' });
    const url = await scene.link(5173);
    const stranger = scene.browser();
    await stranger.ask(scene.host(), `/${url.search}`, { headers: NAVIGATION });
    const links = `/api/workspaces/${scene.workspace}/ports/5173/links`;
    await endsAfter(await opened(stranger), () => scene.api().ask('DELETE', links, { as: scene.owner }));
    await scene.setPort(5173, { access: 'public' });
    await endsAfter(await opened(scene.browser()), () => scene.setPort(5173, { access: 'private' }));
  });

  it('is the tunnel of one connection until its end, whatever is said on it after an upgrade', async () => {
    await scene.setPort(5173, { access: 'public' });
    const before = scene.compute.tunnels;
    using client = new RawClient(Number(new URL(scene.api().baseUrl).port));
    client.send(
      `GET / HTTP/1.1\r\nHost: ${scene.host()}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await client.until((got) => got.includes('\r\n\r\n'));
    client.send(
      `GET /api/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${scene.owner.token}\r\n\r\n`,
    );
    const got = await client.closed();
    expect(countResponses(got)).toBe(1);
    expect(got).not.toContain(scene.owner.email);
    expect(scene.compute.tunnels).toBe(before + 1);
    await scene.setPort(5173, { access: 'private' });
  });
});
