import { newId, workspaceId } from '@podex/contracts/ids';
import { createCapabilityCheck } from '@podex/service-kit/capability';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countResponses, RawClient } from '../../../../packages/service-kit/testing/raw-client.ts';
import { ComputeDouble } from '../../testing/compute-double.ts';
import { ComputeWorker } from '../../testing/compute-worker.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { PAGE_ORIGIN, type TestUser } from '../../testing/test-api.ts';

describe('bytes between a client and compute', () => {
  let compute: ComputeDouble;
  const api = setUpApi(async () => {
    compute = await ComputeDouble.start();
    return { computeUrl: compute.url };
  });
  let attacker: TestUser;
  let victim: TestUser;
  let attackersWorkspace: string;
  let victimsWorkspace: string;

  beforeAll(async () => {
    attacker = await api().signUp();
    victim = await api().signUp();
    const create = async (as: TestUser) =>
      (await api().ask('POST', '/api/workspaces?wait_ms=0', { as, body: { name: 'w' } })).body.id;
    const worker = new ComputeWorker(api(), await ComputeWorker.registerServer(api()));
    attackersWorkspace = await create(attacker);
    await worker.step();
    victimsWorkspace = await create(victim);
    await worker.step();
  });
  beforeEach(() => {
    compute.requests.length = 0;
    compute.respond = (request, response) => response.end(`for ${request.url}`);
  });
  afterAll(() => compute.stop());

  const port = () => Number(new URL(api().baseUrl).port);
  const head = (method: string, path: string, headers = '') =>
    `${method} /api/workspaces/${attackersWorkspace}/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${attacker.token}\r\n${headers}\r\n`;
  /** What would run in the victim’s workspace if compute read it as a request. */
  const smuggled = () =>
    `PUT /workspaces/${victimsWorkspace}/files/content?path=owned HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nowned`;

  const attacks: readonly [string, () => string][] = [
    [
      'a GET with a length',
      () => `${head('GET', 'files?path=a', `Content-Length: ${smuggled().length}\r\n`)}${smuggled()}`,
    ],
    ['a GET with a length and no body', () => head('GET', 'files?path=a', 'Content-Length: 200\r\n')],
    [
      'a HEAD with a length',
      () =>
        `${head('HEAD', 'files/content?path=a', `Content-Length: ${smuggled().length}\r\n`)}${smuggled()}`,
    ],
    [
      'a DELETE in chunks',
      () =>
        `${head('DELETE', 'files/content?path=a', 'Transfer-Encoding: chunked\r\n')}0\r\n\r\n${smuggled()}`,
    ],
    [
      'both framings',
      () =>
        `${head('PUT', 'files/content?path=a', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${smuggled()}`,
    ],
    [
      'two lengths',
      () =>
        `${head('PUT', 'files/content?path=a', 'Content-Length: 0\r\nContent-Length: 9\r\n')}${smuggled()}`,
    ],
    [
      'a bad chunk',
      () => `${head('PUT', 'files/content?path=a', 'Transfer-Encoding: chunked\r\n')}zz\r\n${smuggled()}`,
    ],
    ['a folded header', () => `${head('PUT', 'files/content?path=a', 'X: a\r\n b\r\n')}${smuggled()}`],
    [
      'a space before the colon',
      () => `${head('PUT', 'files/content?path=a', 'Content-Length : 5\r\n')}${smuggled()}`,
    ],
    ['a bare line feed', () => head('GET', 'files?path=a').replaceAll('\r\n', '\n')],
    [
      'an upgrade with a body',
      () =>
        `${head('GET', `terminals/${newId('terminal')}/attach`, 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 9\r\n')}${smuggled()}`,
    ],
  ];

  it.each(attacks)(
    '%s reaches no workspace, and the victim’s next request is her own',
    async (_title, bytes) => {
      const before = await api().ask('GET', `/api/workspaces/${victimsWorkspace}/files?path=b`, {
        as: victim,
      });
      expect(before.status).toBe(200);
      compute.requests.length = 0;
      using client = new RawClient(port());
      const received = await client.send(bytes()).closed();
      expect(received).toMatch(/^HTTP\/1\.1 400 /);
      expect(countResponses(received)).toBe(1);
      expect(compute.requests).toEqual([]);
      const mine = await api().ask('GET', `/api/workspaces/${victimsWorkspace}/files?path=c`, { as: victim });
      expect(mine.body).toBe(`for /workspaces/${victimsWorkspace}/files?path=c`);
      expect(compute.requests).toHaveLength(1);
    },
  );

  it.each(['http://elsewhere', '//elsewhere', ''])(
    'a target that begins with %j reaches only what it names',
    async (prefix) => {
      using client = new RawClient(port());
      const path = `/api/workspaces/${victimsWorkspace}/files?path=a`;
      client.send(
        `GET ${prefix}${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${attacker.token}\r\n\r\n`,
      );
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 (400|404) /);
      expect(compute.requests).toEqual([]);
    },
  );

  it.each([
    'files/%2e%2e/%2e%2e/VICTIM/files',
    'files%2f..%2f..%2fVICTIM%2ffiles',
    'commands/..%2fsettings',
    'commands/%2e%2e/settings',
    'files\\..\\settings',
    'files;/settings',
  ])('no spelling of a path, as %s, means two things', async (spelling) => {
    using client = new RawClient(port());
    client.send(
      head('GET', `${spelling.replace('VICTIM', victimsWorkspace)}?path=a`, 'Connection: close\r\n'),
    );
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(compute.requests).toEqual([]);
  });

  it('decides once what an encoded letter means, and sends that on', async () => {
    using client = new RawClient(port());
    client.send(head('GET', '%66iles?path=a?b&path2=%2e%2e', 'Connection: close\r\n'));
    await client.closed();
    expect(compute.requests.map(({ url }) => url)).toEqual([
      `/workspaces/${attackersWorkspace}/files?path=a?b&path2=%2e%2e`,
    ]);
  });

  it('gives compute a capability for this request and user alone', async () => {
    await api().ask('GET', `/api/workspaces/${attackersWorkspace}/files?path=a`, { as: attacker });
    const [seen] = compute.requests;
    const check = createCapabilityCheck(api().config.compute.keys);
    const request = {
      authorization: seen?.headers.authorization,
      workspaceId: workspaceId.parse(attackersWorkspace),
      method: 'GET',
      target: seen?.url ?? '',
    };
    expect(await check(request)).toMatchObject({ kind: 'request', user_id: attacker.id, access: 'read' });
    await expect(check({ ...request, method: 'HEAD' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      check({ ...request, workspaceId: workspaceId.parse(victimsWorkspace) }),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('takes a response for data, whatever it says', async () => {
    compute.respond = (_request, response) => {
      response.writeHead(200, {
        'content-type': 'text/html',
        'set-cookie': 'better-auth.session_token=evil',
        'content-security-policy': 'script-src *',
        'access-control-allow-origin': 'https://evil.example',
        'x-content-type-options': 'sniff',
        'cache-control': 'public, max-age=99999',
        'x-request-id': 'theirs-theirs',
        'content-disposition': 'inline; filename="page.html"',
        location: 'https://evil.example',
        'clear-site-data': '"*"',
        'service-worker-allowed': '/',
        refresh: '0; url=https://evil.example',
      });
      response.end('<script>fetch("/api/tokens")</script>');
    };
    for (const path of [
      'files/content?path=site%2Findex.html',
      'files?path=a',
      `commands/${newId('command')}`,
    ]) {
      const answer = await api().ask('GET', `/api/workspaces/${attackersWorkspace}/${path}`, {
        headers: { cookie: attacker.cookie, origin: PAGE_ORIGIN },
      });
      const shown = Object.fromEntries(answer.headers);
      expect(shown['content-disposition']).toMatch(/^attachment/);
      expect(shown).toMatchObject({
        'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
        'access-control-allow-origin': PAGE_ORIGIN,
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-cache',
      });
      expect(JSON.stringify(shown)).not.toMatch(/evil|theirs|clear-site|service-worker|refresh|inline/);
    }
    const answer = await api().ask(
      'GET',
      `/api/workspaces/${attackersWorkspace}/files/content?path=site%2Findex.html`,
      { as: attacker },
    );
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="index.html"; filename*=UTF-8''index.html`,
    );
  });

  it('answers HEAD as GET, without a body, and passes on what a range could not satisfy', async () => {
    compute.respond = (request, response) => {
      if (request.headers.range !== undefined) {
        response
          .writeHead(416, { 'content-range': 'bytes */5', 'content-type': 'application/json' })
          .end('{}');
        return;
      }
      response.writeHead(200, { etag: '"1"', 'content-length': '5' }).end('12345');
    };
    const path = `/api/workspaces/${attackersWorkspace}/files/content?path=a`;
    const answered = await api().ask('HEAD', path, { as: attacker });
    expect([answered.status, answered.body, answered.headers.get('etag')]).toEqual([200, '', '"1"']);
    const beyond = await api().ask('GET', path, { as: attacker, headers: { range: 'bytes=9-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */5']);
  });
});
