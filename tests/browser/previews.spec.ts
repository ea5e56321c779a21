import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  writeText,
} from '../stack/workspace-actions.ts';
import { expectAccessible, expectNoOverflow, NARROW, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const PORT = 5173;
const DESKTOP = { width: 1440, height: 900 };

/** A shop that counts visits by a cookie of its own, and tries to get out of the frame that it is in. */
const program = (podex: string) => `
const { createServer } = require('node:http');
createServer((request, response) => {
  const visits = Number(/visits=(\\d+)/.exec(request.headers.cookie ?? '')?.[1] ?? 0) + 1;
  response.setHeader('content-type', 'text/html');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('set-cookie', 'visits=' + visits + '; Path=/; SameSite=None; Secure; Partitioned');
  response.end('<!doctype html><html lang="en"><title>Shop</title><body style="font-family: sans-serif; padding: 1rem"><h1>Shop</h1><p>Visit ' + visits + '</p>'
    + '<button onclick="try { top.location = \\'about:blank#led\\' } catch {} document.title = \\'tried\\'">Get out</button>'
    + '<iframe title="Podex" src="${podex}/"></iframe></body></html>');
}).listen(${PORT}, '127.0.0.1');
`;

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  id = await createRunningWorkspace(stack.admin, 'shop');
  await writeText(stack.admin, id, 'shop.cjs', program(stack.webUrl));
  browser = await launchBrowser();
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
  await page.setViewportSize(DESKTOP);
  await page.getByRole('tab', { name: /Ports/ }).click();
  await beginCommand(stack.admin, id, 'exec node shop.cjs');
}, 300_000);

afterAll(async () => {
  await browser?.close();
  if (id) await deleteWorkspace(stack.admin, id);
  await stack?.stop();
}, 300_000);

const ports = () => page.getByRole('region', { name: 'Ports' });
const preview = () => page.getByRole('region', { name: `Preview of port ${PORT}` });
const shop = () => preview().frameLocator('iframe');

async function shopFrame(): Promise<Frame> {
  const frame = await (await preview().locator('iframe').elementHandle())?.contentFrame();
  if (!frame) throw new Error('the preview has no frame');
  return frame;
}

/** Light and dark, wide and narrow, for people to look at. */
async function lookEverywhere(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await takePicture(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await expectNoOverflow(page);
}

describe('previews on the page', { timeout: 180_000 }, () => {
  it('say who can open them and for how long, where that is changed', async () => {
    const access = ports().getByRole('button', { name: `Who can open port ${PORT}: Private` });
    await access.waitFor({ timeout: 60_000 });
    await access.click();
    await page.getByRole('menuitemradio', { name: /Anyone with the link/ }).click();
    const linked = ports().getByRole('button', { name: `Who can open port ${PORT}: Link, none active` });
    await linked.click();
    await page.getByRole('menuitem', { name: 'Copy a link for an hour' }).waitFor();
    await takePicture(page, 'ports-access');
    await page.getByRole('menuitem', { name: 'Copy a link for an hour' }).click();
    await ports()
      .getByRole('button', { name: new RegExp(`port ${PORT}: Link, expires in (1 h|60 min|59 min)`) })
      .click();
    await page.getByRole('menuitem', { name: 'Revoke all links' }).click();
    await linked.click();
    await page.getByRole('menuitemradio', { name: /Private/ }).click();
    await access.waitFor();
    const { data } = await stack.admin.client.GET('/api/workspaces/{workspace_id}', {
      params: { path: { workspace_id: id } },
    });
    expect(data?.ports).toEqual([]);
  });

  it('open beside the editor, let in without a click, and keep their own cookies', async () => {
    await ports()
      .getByRole('button', { name: `Open port ${PORT} beside` })
      .click();
    await shop().getByText('Visit 1', { exact: true }).waitFor();
    await expectAccessible(page);
    await preview().getByRole('button', { name: 'Reload preview' }).click();
    await shop().getByText('Visit 2', { exact: true }).waitFor();
    await lookEverywhere('preview-beside');
  });

  it('cannot lead the page elsewhere, nor have Podex in a frame', async () => {
    const frame = await shopFrame();
    await frame.getByRole('button', { name: 'Get out' }).click();
    await frame.waitForFunction("document.title === 'tried'");
    expect(page.url()).toContain(`/workspaces/${id}`);
    const framed = frame.childFrames()[0];
    await framed?.waitForLoadState();
    expect(framed?.url()).toMatch(/^chrome-error:/);
    const refused = await page.evaluate<string[]>(`new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => resolve([event.effectiveDirective, event.blockedURI]));
      const frame = document.createElement('iframe');
      frame.src = 'https://evil.example/';
      document.body.append(frame);
    })`);
    expect(refused).toEqual(['frame-src', 'https://evil.example']);
  });

  it('fit on a telephone, and close', async () => {
    await page.reload();
    await page.setViewportSize(NARROW);
    await page.getByRole('tab', { name: 'Files', exact: true }).last().click();
    await page.getByRole('tab', { name: /Ports/ }).click();
    await ports().getByText(String(PORT), { exact: true }).waitFor();
    await lookEverywhere('ports-narrow');
    await ports()
      .getByRole('button', { name: `Open port ${PORT} beside` })
      .click();
    await shop().getByRole('heading', { name: 'Shop' }).waitFor();
    await lookEverywhere('preview-narrow');
    await preview().getByRole('button', { name: 'Close preview' }).click();
    await preview().waitFor({ state: 'detached' });
  });
});
