import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd, writeText } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let page: Page;
let person: Person;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  person = await stack.signUp();
  id = await createRunningWorkspace(person, 'followed');
  await writeText(person, id, 'src/main.ts', 'const one = 1;\nconst needle = 2;\n');
  page = await pageOf(browser, stack.webUrl, person, `/workspaces/${id}`);
}, 240_000);

afterAll(async () => {
  if (page !== undefined) await takePicture(page, 'following-files-last');
  await browser?.close();
  if (id !== undefined) await deleteWorkspace(person, id);
  await stack?.stop();
}, 120_000);

const entry = (name: string) =>
  page.getByRole('tree', { name: 'File tree' }).getByRole('treeitem', { name, exact: true });
const editor = () => page.getByTestId('editor').locator('.cm-content');

describe('the page of a workspace', { timeout: 120_000 }, () => {
  it('follows what programs do to files: tree, clean text, and unsaved text with a notice', async () => {
    await entry('src').click();
    await entry('main.ts').click();
    await editor().filter({ hasText: 'needle' }).waitFor();
    await runToEnd(person, id, 'echo x > src/made.ts; sed -i s/one/two/ src/main.ts');
    await entry('made.ts').waitFor();
    await editor().filter({ hasText: 'const two' }).waitFor();
    await runToEnd(person, id, 'mv src/made.ts src/renamed.ts');
    await entry('renamed.ts').waitFor();
    await entry('made.ts').waitFor({ state: 'detached' });
    expect(await entry('src').getAttribute('aria-expanded')).toBe('true');
    expect(await entry('main.ts').getAttribute('aria-selected')).toBe('true');
    await editor().click();
    await page.keyboard.type('mine ');
    await runToEnd(person, id, 'echo theirs > src/main.ts');
    await page.getByTestId('editor').getByRole('alert').waitFor();
    expect(await editor().textContent()).toContain('mine');
  });

  it('searches files, and opens what it found at its line', async () => {
    await runToEnd(
      person,
      id,
      'yes filler | head -n 300 > src/long.ts; echo "the haystack has it" >> src/long.ts',
    );
    await page.keyboard.press('Control+Shift+F');
    await page.getByRole('searchbox', { name: 'Search files' }).fill('haystack');
    await page.getByText('1 result in 1 file').waitFor();
    await look(page, 'search');
    await page
      .getByRole('tree', { name: 'Search results' })
      .getByRole('treeitem', { name: /haystack/ })
      .click();
    await editor().filter({ hasText: 'the haystack has it' }).waitFor();
    await page.getByRole('button', { name: 'Use regular expression' }).click();
    await page.getByRole('searchbox', { name: 'Search files' }).fill('hay(');
    await page.getByText('The search pattern is not valid').waitFor();
    expect(await page.getByRole('tab', { name: 'Search' }).getAttribute('aria-selected')).toBe('true');
  });

  it('goes to a file by letters of its name', async () => {
    await page.keyboard.press('Control+p');
    await page.getByRole('combobox', { name: 'Go to file' }).fill('srcrnm');
    await page.getByRole('option', { name: /renamed\.ts/ }).waitFor();
    await takePicture(page, 'quick-open');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'renamed.ts', selected: true }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Go to file' }).count()).toBe(0);
  });
});
