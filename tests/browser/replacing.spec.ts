import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  id = await createRunningWorkspace(stack.admin, 'replacing');
  await writeText(stack.admin, id, 'src/one.ts', 'red cat, blue cat\n');
  await writeText(stack.admin, id, 'src/two.ts', 'green cat\n');
  await writeText(stack.admin, id, 'notes.md', 'grey cat\n');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
  await page.getByRole('treeitem', { name: 'src', exact: true }).waitFor({ timeout: 60_000 });
}, 240_000);

afterAll(async () => {
  if (page !== undefined) await takePicture(page, 'replacing-last');
  await browser?.close();
  if (id !== undefined) await deleteWorkspace(stack.admin, id);
  await stack?.stop();
}, 120_000);

const results = () => page.getByRole('tree', { name: 'Search results' });
const change = (text: string) => results().getByRole('treeitem', { name: text });
const contents = async () =>
  (await runToEnd(stack.admin, id, 'cat src/one.ts src/two.ts notes.md')).output.trimEnd().split('\n');

describe('replacing in the files of a workspace', { timeout: 120_000 }, () => {
  it('shows what comes in the place of each match, with groups and within globs', async () => {
    await page.keyboard.press('Control+Shift+F');
    await page.getByRole('button', { name: 'Use regular expression' }).click();
    await page.getByRole('button', { name: 'Files to include and exclude' }).click();
    await page.getByRole('textbox', { name: 'Files to include' }).fill('src');
    await page.getByRole('searchbox', { name: 'Search files' }).fill('(\\w+) cat');
    await page.getByRole('button', { name: 'Replace', exact: true }).click();
    await page.getByLabel('Replace with').fill('$1 dog');
    await change('green catgreen dog').waitFor();
    expect(await results().locator('ins').allTextContents()).toEqual(
      expect.arrayContaining(['red dog', 'blue dog', 'green dog']),
    );
    expect(await contents()).toEqual(['red cat, blue cat', 'green cat', 'grey cat']);
    await look(page, 'replacing');
  });

  it('replaces one match alone', async () => {
    const second = results()
      .getByRole('treeitem')
      .filter({ has: page.locator('ins', { hasText: 'blue dog' }) });
    await second.hover();
    await second.getByRole('button', { name: 'Replace this match' }).click();
    await page.getByText('1 match replaced in 1 file').waitFor();
    expect(await contents()).toEqual(['red cat, blue dog', 'green cat', 'grey cat']);
  });

  it('replaces all, leaves a file that changed meanwhile, and undoes it', async () => {
    await results().locator('ins', { hasText: 'blue dog' }).waitFor({ state: 'detached' });
    await change('green catgreen dog').waitFor();
    await runToEnd(stack.admin, id, 'echo "changed cat" > src/two.ts');
    await page.getByRole('button', { name: 'Replace all', exact: true }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Replace 2 matches in 2 files?' });
    await takePicture(page, 'replacing-all');
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await page.getByText('two.ts was changed by somebody else').waitFor();
    expect(await contents()).toEqual(['red dog, blue dog', 'changed cat', 'grey cat']);
    const toast = page.getByRole('listitem').filter({ hasText: 'two.ts was changed by somebody else' });
    await toast.getByRole('button', { name: 'Undo' }).click();
    const undo = page.getByRole('alertdialog', { name: 'Undo this replacement?' });
    await undo.getByRole('button', { name: 'Undo' }).click();
    await undo.waitFor({ state: 'detached' });
    expect(await contents()).toEqual(['red cat, blue dog', 'changed cat', 'grey cat']);
  });
});
