import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import type { PreviewBrowser } from '../../testing/preview-browser.ts';
import { PreviewScene } from '../../testing/preview-scene.ts';
import { PAGE_ORIGIN } from '../../testing/test-api.ts';

const scene = new PreviewScene();

/** What a browser sends for a frame of Podex’s page, which is another site. */
const FRAME = {
  accept: 'text/html,*/*',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'iframe',
  'sec-fetch-site': 'cross-site',
};

/** What the page of a frame tells the page around it, and whom it tells. */
function toldBy(html: string): { message: { type: string; state: string; path: string }; target: string } {
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(html) ?? [];
  const [, message = '', target = ''] = /^parent\.postMessage\((.*), ("[^"]*")\);$/s.exec(script) ?? [];
  return { message: JSON.parse(message), target: JSON.parse(target) };
}

async function authorize(state: string, path: string): Promise<URL> {
  const route = `/api/workspaces/${scene.workspace}/ports/5173/authorize`;
  const { body } = await scene.asPage(scene.owner, 'POST', route, { state, path });
  return new URL(body.url);
}

const frame = (browser: PreviewBrowser, path: string) => browser.ask(scene.host(), path, { headers: FRAME });

describe('a preview in a frame of Podex’s page', () => {
  it('asks that page alone to be let in, and is by the same one-time code', async () => {
    const browser = scene.browser(scene.owner);
    const asking = await frame(browser, '/a?b=<c>');
    const { message, target } = toldBy(asking.body);
    expect([asking.status, target, message]).toEqual([
      200,
      PAGE_ORIGIN,
      { type: 'podex.preview', state: expect.stringMatching(/^[\w-]{43}$/), path: '/a?b=%3Cc%3E' },
    ]);
    const policy = asking.headers['content-security-policy'] ?? '';
    expect(policy).toContain(`frame-ancestors ${PAGE_ORIGIN}`);
    const [, script = ''] = /<script>(.*)<\/script>/s.exec(asking.body) ?? [];
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    const callback = await authorize(message.state, message.path);
    expect((await scene.browser().ask(scene.host(), `${callback.pathname}${callback.search}`)).status).toBe(
      404,
    );
    const withoutCookies = await authorize(message.state, message.path);
    const blocked = await frame(scene.browser(), `${withoutCookies.pathname}${withoutCookies.search}`);
    expect([blocked.status, blocked.body]).toEqual([
      404,
      expect.stringContaining('Open the preview in a tab'),
    ]);
    const again = await authorize(message.state, message.path);
    const led = await frame(browser, `${again.pathname}${again.search}`);
    expect([led.status, led.headers.location]).toEqual([302, '/a?b=%3Cc%3E']);
    expect((await frame(browser, '/a')).status).toBe(200);
  });

  it('has cookies that browsers send within frames, kept apart from those of its tabs', async () => {
    const browser = scene.browser(scene.owner);
    const [cookie = ''] = (await frame(browser, '/')).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=None; Partitioned; Max-Age=600; Secure$/);
    const tab = await browser.ask(scene.host(), '/', { headers: { ...FRAME, 'sec-fetch-dest': 'document' } });
    expect(tab.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=600$/);
    expect(tab.headers.location).toMatch(`${PAGE_ORIGIN}/previews/open`);
  });

  it('is in no other frame, unless it is public; then its program says so', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(scene.host());
    const ancestors = `frame-ancestors 'self' ${PAGE_ORIGIN}`;
    expect((await browser.ask(scene.host(), '/')).headers['content-security-policy']).toBe(ancestors);
    const policy = "Content-Security-Policy: default-src 'self'\r\nContent-Security-Policy: img-src *\r\n";
    await scene.sayRaw(7000, `HTTP/1.1 200 OK\r\n${policy}Content-Length: 2\r\n\r\nok`);
    await browser.open(scene.host(7000));
    await scene.sayRaw(7000, `HTTP/1.1 200 OK\r\n${policy}Content-Length: 2\r\n\r\nok`);
    expect((await browser.ask(scene.host(7000), '/')).headers['content-security-policy']).toBe(
      `default-src 'self', img-src *, ${ancestors}`,
    );
    await scene.setPort(5173, { access: 'public' });
    expect((await scene.browser().ask(scene.host(), '/')).headers).not.toHaveProperty(
      'content-security-policy',
    );
    await scene.setPort(5173, { access: 'private' });
  });

  it('shows what went wrong, and leads to Podex’s page in a tab', async () => {
    const stopped = await scene.create(scene.owner);
    await scene.api().ask('POST', `/api/workspaces/${stopped}/stop?wait_ms=0`, { as: scene.owner });
    const host = scene.host(5173, stopped);
    await scene.api().ask('PUT', `/api/workspaces/${stopped}/ports/5173`, {
      as: scene.owner,
      body: { access: 'public' },
    });
    const shown = await scene.browser().ask(host, '/', { headers: FRAME });
    expect(shown.status).toBe(409);
    expect(shown.headers['content-security-policy']).toContain(`frame-ancestors ${PAGE_ORIGIN}`);
    expect(shown.body).toMatch(/target="_blank" rel="noopener">Start workspace|reloads when it is ready/);
  });
});

describe('a program that frames Podex', () => {
  it.each(['/', '/api/me', '/api/docs', '/api/openapi.json', '/nothing', '/health'])(
    'gets no frame of %s',
    async (path) => {
      const answer = await scene
        .api()
        .ask('GET', path, { headers: { ...FRAME, cookie: scene.owner.cookie } });
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
    },
  );
});

describe('a program that registers a service worker', () => {
  it('has it for its own host, below which nothing of Podex or of another preview is', async () => {
    await scene.sayRaw(7001, 'HTTP/1.1 200 OK\r\nService-Worker-Allowed: /\r\nContent-Length: 2\r\n\r\nok');
    await scene.setPort(7001, { access: 'public' });
    using client = new RawClient(Number(new URL(scene.api().baseUrl).port));
    client.send(
      `GET /sw.js HTTP/1.1\r\nHost: ${scene.host(7001)}\r\nService-Worker: script\r\nConnection: close\r\n\r\n`,
    );
    expect(await client.closed()).toMatch(/^service-worker-allowed: \/\r$/im);
    const { body } = await scene
      .api()
      .ask('GET', `/api/workspaces/${scene.workspace}/ports`, { as: scene.owner });
    const origins = body.items.map(({ url }: { url: string }) => new URL(url).origin);
    expect(new Set([...origins, PAGE_ORIGIN, scene.api().baseUrl]).size).toBe(origins.length + 2);
    // Its script is nowhere where Podex is.
    expect((await scene.api().ask('GET', '/sw.js', { headers: { 'service-worker': 'script' } })).status).toBe(
      404,
    );
  });
});
