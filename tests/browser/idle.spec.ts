import { newId } from '@podex/contracts/ids';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

/** The shortest that can be set: half of it is the warning. */
const TIMEOUT_SECONDS = 60;
const STOPPED_TIMEOUT_MS = 150_000;

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;

beforeAll(async () => {
  stack = await startStack({
    web: true,
    dockerSocket: requireTestEngine(),
    computeEnvironment: { COMPUTE_WORKSPACE_TIMEOUT: String(TIMEOUT_SECONDS) },
  });
  browser = await launchBrowser();
  const { data } = await stack.admin.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'shop', size: 'small' },
  });
  id = data?.id ?? '';
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
}, 240_000);

afterAll(async () => {
  const params = { path: { workspace_id: id } };
  await stack?.admin.client.DELETE('/api/workspaces/{workspace_id}', { params });
  await browser?.close();
  await stack?.stop();
});

const stopsAt = async () => {
  const params = { path: { workspace_id: id } };
  const { data } = await stack.admin.client.GET('/api/workspaces/{workspace_id}', { params });
  return Date.parse(data?.stops_at ?? '');
};

describe('a workspace that nobody uses', { timeout: 300_000 }, () => {
  it('says that it stops although its page is open, and is kept running by a button', async () => {
    const notice = page.getByRole('alert').filter({ hasText: /Stops in \d+ s/ });
    await notice.waitFor({ timeout: STOPPED_TIMEOUT_MS });
    await look(page, 'idle-notice');
    const before = await stopsAt();
    await notice.getByRole('button', { name: 'Keep running' }).click();
    await notice.waitFor({ state: 'detached' });
    expect(await stopsAt()).toBeGreaterThan(before);
  });

  it('is stopped with a reason, and started again on the page', async () => {
    const closed = page.getByTestId('closed-workspace');
    await closed.getByText('Stopped after 1 minute without use.').waitFor({ timeout: STOPPED_TIMEOUT_MS });
    await look(page, 'idle-stopped');
    await closed.getByRole('button', { name: 'Start' }).click();
    await closed.waitFor({ state: 'detached', timeout: 60_000 });
    expect(await page.getByTestId('workspace-status').getAttribute('data-status')).toBe('running');
  });

  it('has a time of its own, and is rebuilt by who has read what is lost', async () => {
    const choose = async (item: string) => {
      await page.getByRole('button', { name: 'Workspace shop' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await choose('Stop when idle…');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Stop without use').selectOption({ label: 'Never' });
    await look(page, 'idle-dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await stopsAt()).toBeNaN();

    await choose('Rebuild…');
    const question = page.getByRole('alertdialog');
    await question.getByText('Packages and files outside the home folder').waitFor();
    await look(page, 'rebuild-dialog');
    await question.getByRole('button', { name: 'Rebuild' }).click();
    await page.getByText('It has a new container.').waitFor({ timeout: 90_000 });
    await look(page, 'rebuilt');
  });
});

describe('the disk of a workspace', { timeout: 120_000 }, () => {
  it('is shown in its menu, and above it when it is nearly full', async () => {
    const openMenu = async () => {
      await page.getByRole('button', { name: 'Workspace shop' }).click();
      return page
        .getByRole('menu')
        .getByText(/isk: [\d.]+ of [\d.]+ GB used/)
        .textContent();
    };
    const closeMenu = async () => {
      const isOpen = async () => {
        await page.keyboard.press('Escape');
        return (await page.getByRole('menu').count()) > 0;
      };
      await expect.poll(isOpen, { timeout: 20_000 }).toBe(false);
    };
    const line = await openMenu();
    await look(page, 'disk-menu');
    await closeMenu();
    // Without a disk of its own it would fill its server’s.
    if (!line?.startsWith('Disk')) return;
    const params = { path: { workspace_id: id, command_id: newId('command') }, query: { wait_ms: 20_000 } };
    const body = { command: 'fallocate -l 9200M ~/large' };
    await stack.admin.client.PUT('/api/workspaces/{workspace_id}/commands/{command_id}', { params, body });
    await page.reload();
    await page.getByRole('alert').getByText('Disk is nearly full').waitFor();
    await look(page, 'disk-notice');
    expect(await openMenu()).toMatch(/^Disk: 9\.\d of 9\.\d GB used$/);
    await closeMenu();
  });
});

describe('what a workspace may reach', { timeout: 120_000 }, () => {
  const policyNow = async (of: string = id) => {
    const params = { path: { workspace_id: of } };
    return (await stack.admin.client.GET('/api/workspaces/{workspace_id}/network-policy', { params })).data;
  };

  it('is changed on the page, and a line that is wrong is named', async () => {
    await page.getByRole('button', { name: 'Workspace shop' }).click();
    await page.getByRole('menuitem', { name: 'Network access…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Can reach').selectOption({ label: 'Only what is listed' });
    await dialog.getByLabel('Allowed').fill('registry.npmjs.org:443\n*.example.com');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Line 2 must be a host name').waitFor();
    await look(page, 'network-dialog');
    await dialog.getByLabel('Allowed').fill('registry.npmjs.org:443\n203.0.113.0/24');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached', timeout: 30_000 });
    expect(await policyNow()).toMatchObject({
      mode: 'allow_list',
      allow: ['registry.npmjs.org:443', '203.0.113.0/24'],
    });
  });

  it('is chosen when a workspace is made', async () => {
    await page.goto(`${stack.webUrl}/workspaces`);
    await page.getByRole('button', { name: 'New workspace' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('closed');
    await dialog.getByLabel('Network access').selectOption({ label: 'Only what is listed' });
    await dialog.getByLabel('Allowed').fill('*.example.com');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('Line 1 must be a host name').waitFor();
    await look(page, 'create-network');
    await dialog.getByLabel('Network access').selectOption({ label: 'Nothing' });
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Workspace closed' }).waitFor({ timeout: 60_000 });
    const made = page.url().split('/').at(-1) ?? '';
    expect(await policyNow(made)).toMatchObject({ mode: 'deny_all', allow: [] });
    const params = { path: { workspace_id: made } };
    await stack.admin.client.DELETE('/api/workspaces/{workspace_id}', { params });
  });

  it('has a default among the settings', async () => {
    await page.goto(`${stack.webUrl}/settings`);
    const section = page.getByRole('region', { name: 'Network' });
    await section.getByLabel('New workspaces can reach').selectOption({ label: 'Nothing' });
    await section.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Network saved').waitFor();
    await look(page, 'network-settings');
    const { data } = await stack.admin.client.GET('/api/admin/settings');
    expect(data?.values.network_policy_default).toBe('deny_all');
  });
});
