import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { workspacePort } from '@podex/contracts/previews';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../stack/free-port.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  writeText,
} from '../stack/workspace-actions.ts';

const PORT = 5173;
const PROGRAM = `
const { createServer } = require('node:http');
createServer((request, response) => {
  response.setHeader('set-cookie', ['seen=1; Path=/', '__Host-seen=1; Path=/; Secure']);
  response.setHeader('service-worker-allowed', '/');
  if (request.url === '/old') return response.writeHead(302, { location: '/new' }).end();
  response.end(request.headers['x-forwarded-prefix'] + ' ' + request.url + ' ' + request.headers.host);
}).listen(${PORT}, '127.0.0.1');
`;
const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };

let stack: Stack;
let person: Person;
let id: string;
let previewPort: number;
let url: URL;

beforeAll(async () => {
  previewPort = await freePort();
  stack = await startStack({ dockerSocket: requireTestEngine(), previewPort });
  person = await stack.signUp();
  id = await createRunningWorkspace(person, 'shown');
  await writeText(person, id, 'program.cjs', PROGRAM);
  await beginCommand(person, id, 'exec node program.cjs');
}, 300_000);

afterAll(async () => {
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 300_000);

function ask(path: string, headers: OutgoingHttpHeaders = {}) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: previewPort, path, agent: false };
    const request = httpRequest({ ...options, headers: { host: url.host, ...headers } }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    request.once('error', reject);
    request.end();
  });
}

async function setAccess(access: 'private' | 'link' | 'public') {
  const params = { path: { workspace_id: id, port: PORT } };
  const { data } = await person.client.PUT('/api/workspaces/{workspace_id}/ports/{port}', {
    params,
    body: { access },
  });
  return workspacePort.parse(data);
}

describe('a preview of a real workspace below a shared origin', { timeout: 120_000 }, () => {
  it('is at a port of its own, and private', async () => {
    const shown = await setAccess('private');
    url = new URL(shown.url ?? '');
    expect([shown.is_origin_shared, url.port, url.hostname]).toEqual([
      true,
      String(previewPort),
      new URL(stack.webUrl).hostname,
    ]);
    expect((await ask(url.pathname)).status).toBe(401);
    const led = await ask(url.pathname, NAVIGATION);
    expect([led.status, new URL(led.headers.location ?? '').origin]).toEqual([302, stack.webUrl]);
    expect(led.headers['set-cookie']?.[0]).toContain(`; Path=${url.pathname};`);
    expect((await fetch(new URL(url.pathname, stack.apiUrl))).status).toBe(404);
  });

  it('opens by a link, with what its program sets held below its path', async () => {
    await setAccess('link');
    const { data } = await person.client.POST('/api/workspaces/{workspace_id}/ports/{port}/links', {
      params: { path: { workspace_id: id, port: PORT } },
      body: { expires_in_seconds: 60 },
    });
    const link = new URL(data?.url ?? '');
    const led = await ask(`${link.pathname}${link.search}`, NAVIGATION);
    const [cookie = ''] = led.headers['set-cookie'] ?? [];
    expect([led.status, led.headers.location]).toEqual([302, url.pathname]);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    await expect
      .poll(async () => (await ask(`${url.pathname}a?b`, headers)).body, { timeout: 60_000 })
      .toBe(`${url.pathname.slice(0, -1)} /a?b localhost:${PORT}`);
    const { headers: got } = await ask(`${url.pathname}old`, headers);
    expect([got.location, got['set-cookie'], got['service-worker-allowed']]).toEqual([
      `${url.pathname}new`,
      [`seen=1; Path=${url.pathname}`],
      url.pathname,
    ]);
    await setAccess('private');
    expect((await ask(url.pathname, headers)).status).toBe(401);
  });

  it('is there for everybody where it is public', async () => {
    await setAccess('public');
    expect((await ask(url.pathname)).status).toBe(200);
    await setAccess('private');
    expect((await ask(url.pathname)).status).toBe(401);
  });
});
