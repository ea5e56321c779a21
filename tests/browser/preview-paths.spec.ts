import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../stack/free-port.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  writeText,
} from '../stack/workspace-actions.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

/** Two programs of one origin, each with a worker that would answer everything below the whole origin. */
const PROGRAM = `
const { createServer } = require('node:http');
for (const port of [5173, 5174]) createServer((request, response) => {
  response.setHeader('service-worker-allowed', '/');
  response.setHeader('set-cookie', 'of' + port + '=1; Path=/');
  if (request.url === '/worker.js') {
    response.setHeader('content-type', 'text/javascript');
    return response.end("self.addEventListener('activate', (event) => event.waitUntil(clients.claim())); self.addEventListener('fetch', (event) => event.respondWith(new Response('worker of " + port + "')));");
  }
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><html lang="en"><title>' + port + '</title><h1>Program ' + port + '</h1>');
}).listen(port, '127.0.0.1');
`;

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;
const addresses = new Map<number, string>();

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true, previewPort: await freePort() });
  id = await createRunningWorkspace(stack.admin, 'shop');
  await writeText(stack.admin, id, 'programs.cjs', PROGRAM);
  await beginCommand(stack.admin, id, 'exec node programs.cjs');
  for (const port of [5173, 5174]) {
    const { data } = await stack.admin.client.PUT('/api/workspaces/{workspace_id}/ports/{port}', {
      params: { path: { workspace_id: id, port } },
      body: { label: `Program ${port}` },
    });
    addresses.set(port, data?.url ?? '');
  }
  browser = await launchBrowser();
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
  await page.getByRole('tab', { name: /Ports/ }).click();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  if (id) await deleteWorkspace(stack.admin, id);
  await stack?.stop();
}, 300_000);

describe('previews below one origin, on the page', { timeout: 120_000 }, () => {
  it('are said to be weaker, and open beside the editor all the same', async () => {
    const ports = page.getByRole('region', { name: 'Ports' });
    await ports.getByText('Previews share one address here').waitFor();
    await expect.poll(() => ports.getByText('node', { exact: true }).count(), { timeout: 60_000 }).toBe(2);
    await ports.getByRole('button', { name: 'Open port 5173 beside' }).click();
    const preview = page.getByRole('region', { name: 'Preview of port 5173' });
    await preview.frameLocator('iframe').getByRole('heading', { name: 'Program 5173' }).waitFor();
    await look(page, 'preview-paths');
  });

  it('have workers and cookies that reach no other preview, and nothing of Podex', async () => {
    const tab = await page.context().newPage();
    await tab.goto(addresses.get(5173) ?? '');
    await tab.getByRole('heading', { name: 'Program 5173' }).waitFor();
    const register = (scope: string) =>
      tab.evaluate<string>(
        `navigator.serviceWorker.register('worker.js', { scope: '${scope}' }).then((one) => one.scope, (error) => error.name)`,
      );
    expect(await register('/')).toBe('SecurityError');
    expect(await register(new URL(addresses.get(5174) ?? '').pathname)).toBe('SecurityError');
    expect(await register('./')).toBe(addresses.get(5173));
    await tab.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await expect
      .poll(() => tab.goto(`${addresses.get(5173)}x`).then((response) => response?.text()))
      .toBe('worker of 5173');
    await tab.goto(addresses.get(5174) ?? '');
    await tab.getByRole('heading', { name: 'Program 5174' }).waitFor();
    expect(await tab.evaluate('document.cookie')).toBe('of5174=1');
    await tab.goto(stack.webUrl);
    await tab.getByRole('link', { name: 'shop' }).first().waitFor();
  });
});
