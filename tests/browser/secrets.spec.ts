import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { launchBrowser } from './launch-browser.ts';

const PICTURES = process.env.PODEX_TEST_PICTURES ?? path.join(REPOSITORY, '.podex/pictures');
const VALUE = 'typed-once-and-never-shown';

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, baseURL: stack.webUrl });
  page = await context.newPage();
  const { data } = await stack.admin.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 0 } },
    body: { name: 'shop', size: 'small', env: { at_creation: 'x' } },
  });
  await page.goto(`/workspaces/${data?.id}`);
  await page.getByLabel('Email').fill(stack.admin.email);
  await page.getByLabel('Password', { exact: true }).fill(stack.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function look(name: string): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

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
    await look('secret-problem');
    await dialog.getByLabel('Name').fill('NPM_TOKEN');
    await dialog.getByRole('button', { name: 'Save secret' }).click();
    await dialog.getByText('NPM_TOKEN').waitFor();
    await look('workspace-secrets');

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
