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
