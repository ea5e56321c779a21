import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, readText, runToEnd } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  await runToEnd(
    stack.admin,
    workspaceId,
    'mkdir shop && cd shop && printf "one\\ntwo\\n" > a.txt && echo b > b.txt',
  );
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
});

it('are made, compared, restored and undone beside the editor', async () => {
  await page.getByRole('tab', { name: 'Checkpoints' }).click();
  const view = page.getByRole('region', { name: 'Checkpoints' });
  await view.getByText('No checkpoints').waitFor();
  await look(page, 'checkpoints-none');

  await view.getByRole('button', { name: 'New checkpoint' }).click();
  await page.getByLabel('Label').fill('Before the upgrade');
  await takePicture(page, 'checkpoint-new');
  await page.getByRole('button', { name: 'Create checkpoint' }).click();
  const made = view.getByRole('listitem').filter({ hasText: 'Before the upgrade' });
  await made.getByText('2 files').waitFor();

  await runToEnd(
    stack.admin,
    workspaceId,
    'cd shop && printf "one\\n2\\n" > a.txt && rm b.txt && echo c > c.txt',
  );
  await made.getByRole('button', { name: 'Changes since Before the upgrade' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('3 files changed').waitFor();
  await dialog.getByRole('button', { name: 'shop/a.txt' }).click();
  await dialog.getByTestId('diff').getByText('two').waitFor();
  await takePicture(page, 'checkpoint-changes');
  await page.keyboard.press('Escape');

  await made.getByRole('button', { name: 'Restore Before the upgrade' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Files restored').waitFor();
  await view.getByText('Before a restore').waitFor();
  expect(await readText(stack.admin, workspaceId, 'shop/a.txt')).toBe('one\ntwo\n');
  await takePicture(page, 'checkpoint-restored');

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Restore undone').waitFor();
  expect(await readText(stack.admin, workspaceId, 'shop/a.txt')).toBe('one\n2\n');
  expect(await readText(stack.admin, workspaceId, 'shop/c.txt')).toBe('c\n');

  await view.getByRole('button', { name: 'More for Before the upgrade' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await made.waitFor({ state: 'detached' });
});
