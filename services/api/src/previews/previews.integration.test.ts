import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { NAVIGATION } from '../../testing/preview-browser.ts';
import { nobodysWorkspace, PreviewScene } from '../../testing/preview-scene.ts';
import { PAGE_ORIGIN } from '../../testing/test-api.ts';

const scene = new PreviewScene();
const ports = () => `/api/workspaces/${scene.workspace}/ports`;

describe('ports of a workspace', () => {
  it('are what listens, with what people said about them, each at an address of its own', async () => {
    const listening = { revision: 'r1', ports: [{ port: 5173, process: 'node' }] };
    scene.compute.respond = (request, response) => {
      expect(request.url).toBe(`/workspaces/${scene.workspace}/ports?wait_ms=0`);
      const body = JSON.stringify(listening);
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    };
    await scene.setPort(8080, { label: 'The API' });
    const { status, body } = await scene.api().ask('GET', ports(), { as: scene.owner });
    expect(status).toBe(200);
    expect(body).toEqual({
      revision: 'r1',
      items: [
        {
          port: 5173,
          is_listening: true,
          process: 'node',
          access: 'private',
          label: null,
          url: `http://${scene.host()}:3001/`,
          is_origin_shared: false,
          links_expire_at: null,
        },
        {
          port: 8080,
          is_listening: false,
          process: null,
          access: 'private',
          label: 'The API',
          url: `http://${scene.host(8080)}:3001/`,
          is_origin_shared: false,
          links_expire_at: null,
        },
      ],
    });
  });

  it('are known without the workspace, and take nothing from it that is not of the right shape', async () => {
    for (const body of [
      'no JSON',
      '{"revision":1}',
      `{"revision":"r","ports":[{"port":0,"process":null}]}`,
    ]) {
      scene.compute.respond = (_request, response) => response.end(body);
      const answer = await scene.api().ask('GET', ports(), { as: scene.owner });
      expect([answer.status, answer.body.revision]).toEqual([200, null]);
    }
  });

  it('are made public by their owner alone, and by nobody where an admin has turned it off', async () => {
    const editor = await scene.api().signUp();
    const shares = `/api/workspaces/${scene.workspace}/shares`;
    const share = { email: editor.email, role: 'editor' };
    await scene.asPage(scene.owner, 'POST', shares, share);
    expect((await scene.setPort(9000, { access: 'public' }, editor)).status).toBe(403);
    expect((await scene.setPort(9000, { access: 'link' }, editor)).status).toBe(200);
    expect((await scene.setPort(9000, { access: 'public' })).body.access).toBe('public');
    // Who may change it may make it less open.
    expect((await scene.setPort(9000, { label: 'Docs' }, editor)).body).toMatchObject({
      access: 'public',
      label: 'Docs',
    });
    await scene.api().changeSettings({ preview_public_allowed: false });
    expect((await scene.setPort(9001, { access: 'public' })).body.error.message).toContain('admin');
    expect((await scene.setPort(9000, {})).body.access).toBe('private');
    await scene.api().changeSettings({ preview_public_allowed: null });
    expect((await scene.setPort(9000, { access: 'private' }, editor)).body.access).toBe('private');
  });
});

describe('a private preview', () => {
  it('lets in who is signed in, by way of Podex’s page, and gives the program nothing of it', async () => {
    const browser = scene.browser(scene.owner);
    const first = await browser.ask(scene.host(), '/a?b=c', { headers: NAVIGATION });
    expect(first.status).toBe(302);
    const led = new URL(first.headers.location ?? '');
    expect(`${led.origin}${led.pathname}`).toBe(`${PAGE_ORIGIN}/previews/open`);
    expect(first.headers['set-cookie']?.join()).toMatch(
      /podex_preview_state=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax/,
    );
    const shown = await browser.open(scene.host(), '/a?b=c');
    expect(shown.status).toBe(200);
    const seen = JSON.parse(shown.body);
    expect(seen.url).toBe('/a?b=c');
    expect(JSON.stringify(seen)).not.toMatch(/podex|\bey[\w-]+\./);
    expect(seen.headers).toMatchObject({
      host: 'localhost:5173',
      'x-forwarded-host': `${scene.host()}:3001`,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
    });
    expect(shown.headers).toMatchObject({ 'x-app': 'echo', 'x-robots-tag': 'noindex' });
    expect((await browser.ask(scene.host(), '/script.js')).status).toBe(200);
  });

  it('shows nothing to who is not signed in: pages are led away, all else is refused', async () => {
    const browser = scene.browser();
    const before = scene.compute.tunnels;
    expect((await browser.ask(scene.host(), '/', { headers: NAVIGATION })).status).toBe(302);
    const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' };
    expect((await browser.ask(scene.host(), '/data', { headers })).status).toBe(401);
    expect((await browser.ask(scene.host(), '/data', { method: 'POST', body: 'x' })).status).toBe(401);
    expect(
      (await browser.ask(scene.host(), '/', { headers: { authorization: `Bearer ${scene.owner.token}` } }))
        .status,
    ).toBe(401);
    const socket = browser.socket(scene.host());
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('401');
    expect(scene.compute.tunnels).toBe(before);
  });

  it('is for who can see the workspace, and a token is no browser', async () => {
    const stranger = await scene.api().signUp();
    const body = { state: 'x'.repeat(43) };
    const path = `${ports()}/5173/authorize`;
    expect((await scene.asPage(stranger, 'POST', path, body)).status).toBe(404);
    expect((await scene.api().ask('POST', path, { as: scene.owner, body })).status).toBe(403);
    const viewer = await scene.api().signUp();
    const share = { email: viewer.email, role: 'viewer' };
    await scene.asPage(scene.owner, 'POST', `/api/workspaces/${scene.workspace}/shares`, share);
    expect((await scene.browser(viewer).open(scene.host())).status).toBe(200);
  });

  it('of a workspace that nobody has says no more than any other', async () => {
    const host = scene.host(5173, nobodysWorkspace());
    expect((await scene.browser().ask(host, '/', { headers: NAVIGATION })).status).toBe(302);
    expect((await scene.browser().ask(host, '/')).status).toBe(401);
  });

  it('carries WebSockets, with the program’s own origin', async () => {
    const browser = scene.browser(scene.owner);
    await browser.open(scene.host());
    const socket = browser.socket(scene.host(), '/hmr');
    const [first] = await once(socket, 'message');
    expect(JSON.parse(String(first))).toMatchObject({
      host: 'localhost:5173',
      origin: 'http://localhost:5173',
    });
    expect(String(first)).not.toContain('podex');
    const echo = once(socket, 'message');
    socket.send(Buffer.from([0, 255, 7]));
    expect(await echo).toEqual([Buffer.from([0, 255, 7]), true]);
    socket.terminate();
  });
});

describe('a preview that cannot be shown', () => {
  it('says that nothing listens, as a page or as JSON', async () => {
    const browser = scene.browser(scene.owner);
    const shown = await browser.open(scene.host(4000));
    expect(shown.status).toBe(502);
    expect(shown.body).toContain('Nothing is listening on port 4000');
    expect(shown.headers['content-security-policy']).toContain("default-src 'none'");
    const json = await browser.ask(scene.host(4000), '/', { headers: { accept: 'application/json' } });
    expect([json.status, JSON.parse(json.body).error.code]).toEqual([502, 'port_not_listening']);
  });

  it('offers to start a workspace that is stopped, in Podex, and starts nothing by itself', async () => {
    const stopped = await scene.create(scene.owner);
    await scene.api().ask('POST', `/api/workspaces/${stopped}/stop?wait_ms=0`, { as: scene.owner });
    const host = scene.host(5173, stopped);
    const shown = await scene.browser(scene.owner).open(host, '/x?y=<z>');
    expect(shown.status).toBe(409);
    expect(shown.body).toMatch(/The workspace is (creating|stopp|starting)/);
    expect(shown.body).not.toContain('<z>');
    const start = await scene.browser().ask(host, '/.podex/open?path=%2Fx', { headers: NAVIGATION });
    expect(start.status).toBe(302);
    expect(start.headers.location).toMatch(
      new RegExp(`^${PAGE_ORIGIN}/previews/open\\?workspace=${stopped}&`),
    );
    const row = await scene.api().ask('GET', `/api/workspaces/${stopped}`, { as: scene.owner });
    expect(row.body.desired_status).toBe('stopped');
  });

  it('is nothing under a name that no workspace has', async () => {
    for (const host of [
      'preview.localhost',
      'x.preview.localhost',
      '5173--x.preview.localhost',
      `0${scene.host()}`,
    ]) {
      const shown = await scene.browser(scene.owner).ask(host, '/', { headers: NAVIGATION });
      expect([host, shown.status]).toEqual([host, 404]);
    }
  });
});

describe('a link', () => {
  it('opens the preview without an account until it is revoked, and leaves no trace in its address', async () => {
    await scene.setPort(5173, { access: 'link' });
    const url = await scene.link(5173);
    const stranger = scene.browser();
    const followed = await stranger.ask(url.hostname, `/page${url.search}`, { headers: NAVIGATION });
    expect([followed.status, followed.headers.location, followed.headers['referrer-policy']]).toEqual([
      302,
      '/page',
      'no-referrer',
    ]);
    const shown = await stranger.ask(scene.host(), '/page', { headers: NAVIGATION });
    expect([shown.status, shown.headers['x-robots-tag']]).toEqual([200, 'noindex']);
    expect(shown.body).not.toContain('podex');
    expect((await scene.browser().ask(scene.host(), '/')).status).toBe(401);
    await scene.api().ask('DELETE', `${ports()}/5173/links`, { as: scene.owner });
    expect((await stranger.ask(scene.host(), '/page')).status).toBe(401);
    // Neither does the link of before open it for whom it was forwarded to, while a newer one does.
    const newer = await scene.link(5173);
    const forwarded = scene.browser();
    forwarded.cookies.set(scene.host(), new Map(stranger.cookies.get(scene.host())));
    expect((await forwarded.ask(scene.host(), '/page')).status).toBe(401);
    expect((await forwarded.ask(scene.host(), `/${newer.search}`, { headers: NAVIGATION })).status).toBe(302);
    const again = await scene.browser().ask(url.hostname, `/${url.search}`, { headers: NAVIGATION });
    expect([again.status, again.body]).toEqual([404, expect.stringContaining('expired or was revoked')]);
    await scene.setPort(5173, { access: 'private' });
  });

  it('is made only for a port whose access is that', async () => {
    const made = await scene.api().ask('POST', `${ports()}/5173/links`, { as: scene.owner, body: {} });
    expect([made.status, made.body.error.message]).toEqual([409, expect.stringContaining('private')]);
  });
});

describe('two workspaces with one name', () => {
  it('have previews of their own, and none of the other’s', async () => {
    const other = await scene.create(scene.owner);
    const { body } = await scene.api().ask('GET', '/api/workspaces', { as: scene.owner });
    const named = body.items.filter(({ id }: { id: string }) => [other, scene.workspace].includes(id));
    expect(new Set(named.map(({ name }: { name: string }) => name)).size).toBe(1);
    await scene.setPort(5173, { access: 'public' });
    expect((await scene.browser().ask(scene.host(), '/')).status).toBe(200);
    expect((await scene.browser().ask(scene.host(5173, other), '/')).status).toBe(401);
    await scene.setPort(5173, { access: 'private' });
  });
});

describe('a workspace', () => {
  it('says which of its ports others can open, to who sees it', async () => {
    const seen = async () => {
      const one = await scene.api().ask('GET', `/api/workspaces/${scene.workspace}`, { as: scene.owner });
      const { body } = await scene.api().ask('GET', '/api/workspaces', { as: scene.owner });
      const listed = body.items.find(({ id }: { id: string }) => id === scene.workspace);
      expect(listed.ports).toEqual(one.body.ports);
      return one.body.ports;
    };
    await scene.setPort(3000, { access: 'public' });
    await scene.setPort(5173, { access: 'link', label: 'shop' });
    expect(await seen()).toEqual([
      { port: 3000, access: 'public' },
      { port: 5173, access: 'link' },
    ]);
    await scene.api().changeSettings({ preview_public_allowed: false });
    expect(await seen()).toEqual([{ port: 5173, access: 'link' }]);
    await scene.api().changeSettings({ preview_public_allowed: null });
    await scene.setPort(3000, { access: 'private' });
    await scene.setPort(5173, { access: 'private', label: null });
    expect(await seen()).toEqual([]);
  });
});

describe('a public preview', () => {
  it('is there for everybody, with questions of other origins for the program to answer', async () => {
    await scene.setPort(5173, { access: 'public' });
    const shown = await scene.browser().ask(scene.host(), '/');
    expect([shown.status, shown.headers['x-robots-tag']]).toEqual([200, undefined]);
    const headers = { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT' };
    const asked = await scene.browser().ask(scene.host(), '/', { method: 'OPTIONS', headers });
    expect(JSON.parse(asked.body).headers.origin).toBe('https://elsewhere.example');
    await scene.setPort(5173, { access: 'private' });
    expect((await scene.browser().ask(scene.host(), '/')).status).toBe(401);
  });
});
