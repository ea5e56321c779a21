import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { expectNoOverflow, look, NARROW, pageOf, WIDE } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const CHECKED_WITHIN_MS = 60_000;

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  page = await pageOf(browser, stack.webUrl, stack.admin, '/servers');
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('servers', () => {
  it('are added with the guide’s fields, and bad ones are named at their field', async () => {
    await page.getByTestId('server-row').getByRole('link', { name: 'local' }).waitFor();
    await page.getByRole('button', { name: 'Add server' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('podex servers join').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('../ws');
    await dialog.getByLabel('CPUs').fill('0');
    await dialog.getByLabel('Labels').fill('nvme');
    await dialog.getByRole('button', { name: 'Add server' }).click();
    await dialog.getByText('Lower-case letters, digits and dashes.').waitFor();
    await dialog.getByText('Must be more than 0.').waitFor();
    await dialog.getByText('Write each as key=value.').waitFor();
    await look(page, 'servers-add');
    const values = {
      'Host name or address': '127.0.0.1',
      'Docker port': '2399',
      'CA certificate': '/nowhere/ca.pem',
      'Client certificate': '/nowhere/cert.pem',
      'Client key': '/nowhere/key.pem',
      CPUs: '16',
      'Memory (MB)': '65536',
      'Disk (GB)': '500',
      Region: 'eu-central',
      Labels: 'disk=nvme\ngpu=a100',
    };
    await dialog.getByLabel('Name', { exact: true }).fill('ws-1');
    for (const [label, value] of Object.entries(values)) await dialog.getByLabel(label).fill(value);
    await dialog.getByRole('button', { name: 'Add server' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('disk=nvme').waitFor();
    await page.getByText('Unreachable').waitFor({ timeout: CHECKED_WITHIN_MS });
    await look(page, 'servers');
  });

  it('have a page with each check, its cause and its cure', async () => {
    await page.getByRole('link', { name: 'ws-1' }).click();
    await page.getByRole('heading', { name: 'ws-1' }).waitFor();
    const checks = page.getByRole('list', { name: 'Checks' });
    await checks.getByText(/registered TLS file is missing\. Put it where the registration says/).waitFor();
    await checks.getByRole('img', { name: 'failed' }).waitFor();
    await look(page, 'server-unreachable');
  });

  it('are checked on the page, line by line', async () => {
    await page.getByRole('link', { name: 'Servers' }).first().click();
    await page.getByRole('link', { name: 'local' }).click();
    await page.getByText('Ready', { exact: true }).waitFor({ timeout: CHECKED_WITHIN_MS });
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText('Checking…').waitFor();
    await page.getByText(/^\d+ passed/).waitFor({ timeout: CHECKED_WITHIN_MS });
    const checks = page.getByRole('list', { name: 'Checks' });
    await checks.getByText('Network rules').waitFor();
    expect(await checks.getByRole('img', { name: 'failed' }).count()).toBe(0);
    await look(page, 'server-ready');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, 'server-ready-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(NARROW);
    await expectNoOverflow(page);
    await page.setViewportSize(WIDE);
  });

  it('are edited, drained, activated and removed there', async () => {
    await page.goto(`${stack.webUrl}/servers`);
    await page.getByRole('link', { name: 'ws-1' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Region').fill('eu-north');
    await dialog.getByLabel('Labels').fill('disk=hdd');
    await look(page, 'server-edit');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('eu-north').waitFor();
    await page.getByText('disk=hdd').waitFor();
    await page.getByRole('button', { name: 'Drain' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Drain' }).click();
    await page.getByText('Draining', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('button', { name: 'Drain' }).waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove server' }).click();
    await page.waitForURL(`${stack.webUrl}/servers`);
    await page.getByRole('link', { name: 'local' }).waitFor();
    await page.getByRole('link', { name: 'ws-1' }).waitFor({ state: 'detached' });
  });

  it('say of each workspace why it cannot be moved where there is no other server', async () => {
    const { client } = stack.admin;
    const query = { wait_ms: 60_000 };
    const { data } = await client.POST('/api/workspaces', {
      params: { query },
      body: { name: 'shop', size: 'small' },
    });
    const params = { path: { workspace_id: data?.id ?? '' } };
    await client.POST('/api/workspaces/{workspace_id}/stop', { params: { ...params, query } });
    await page.getByRole('link', { name: 'local' }).click();
    await page.getByRole('button', { name: 'Drain' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('No other server is ready.').waitFor();
    await dialog.getByRole('button', { name: 'Drain' }).click();
    const row = page.getByRole('list', { name: 'Workspaces' }).getByRole('listitem');
    await row
      .getByText('Not moved yet, tried again by itself: No other workspace server can take it.')
      .waitFor();
    await look(page, 'server-drain-refused');
    await row.getByRole('button', { name: 'Cancel the move of shop' }).click();
    await row.getByRole('button', { name: 'Move shop' }).waitFor();
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('button', { name: 'Drain' }).waitFor();
    await client.DELETE('/api/workspaces/{workspace_id}', { params });
  }, 240_000);
});
