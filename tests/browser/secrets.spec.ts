import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const VALUE = 'typed-once-and-never-shown';

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  const { data } = await stack.admin.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 0 } },
    body: { name: 'shop', size: 'small', env: { at_creation: 'x' } },
  });
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${data?.id}`);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('secrets of a workspace', () => {
  it('are set, updated and deleted in its menu, and never shown again', async () => {
    await page.getByRole('button', { name: 'Workspace shop' }).click();
    await page.getByRole('menuitem', { name: 'Secrets…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('at_creation').waitFor();

    await dialog.getByRole('button', { name: 'New secret' }).click();
    await dialog.getByLabel('Name').fill('npm-token');
    await dialog.getByLabel('Value').fill(VALUE);
    await dialog.getByRole('button', { name: 'Save secret' }).click();
    await dialog.getByText('Use capital letters').waitFor();
    await look(page, 'secret-problem');
    await dialog.getByLabel('Name').fill('NPM_TOKEN');
    await dialog.getByRole('button', { name: 'Save secret' }).click();
    await dialog.getByText('NPM_TOKEN').waitFor();
    await look(page, 'workspace-secrets');

    await dialog.getByRole('button', { name: 'Update NPM_TOKEN' }).click();
    expect(await dialog.getByLabel('New value of NPM_TOKEN').inputValue()).toBe('');
    await dialog.getByLabel('New value of NPM_TOKEN').fill('another');
    await dialog.getByRole('button', { name: 'Save secret' }).click();
    expect(await page.content()).not.toContain(VALUE);

    await dialog.getByRole('button', { name: 'Delete at_creation' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('at_creation deleted').waitFor();
    await dialog.getByText('at_creation').waitFor({ state: 'detached' });
    await dialog.getByText('NPM_TOKEN').waitFor();
  });
});
