import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { everyScript } from '../stack/scripts.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { enterCredentials, expectAccessible, expectNoOverflow, NARROW, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';

let model: LlmDouble;
let stack: Stack;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const consoleErrors: string[] = [];

beforeAll(async () => {
  model = await startLlmDouble({ script: everyScript });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1`, web: true });
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: stack.webUrl });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => consoleErrors.push(String(error)));
});

afterAll(async () => {
  if (page !== undefined) await takePicture(page, 'last');
  await browser?.close();
  await stack?.stop();
  await model?.stop();
});

describe('the main job', () => {
  it('signs up, is told of a wrong password, and signs in', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Create one' }).click();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Email').fill(EMAIL);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'New workspace' }).first().waitFor();
    await takePicture(page, 'workspaces-empty');
    await context.clearCookies();
    await page.goto('/');
    await enterCredentials(page, { email: EMAIL, password: 'not the password' });
    await page
      .getByText(/wrong|invalid|incorrect|do not match/i)
      .first()
      .waitFor();
    await takePicture(page, 'sign-in');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'New workspace' }).first().waitFor();
    expect(await page.getByLabel('Password', { exact: true }).count()).toBe(0);
  });

  it('creates a workspace and types in its terminal', async () => {
    await page.getByRole('button', { name: 'New workspace' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('first-steps');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.getByRole('region', { name: /terminal/i }).waitFor({ timeout: 60_000 });
    await type('echo "# Hello" > README.md && echo written-$((40 + 2))');
    await terminalShows('written-42');
    expect(page.url()).toMatch(/\/workspaces\/ws_/);
  });

  it('opens a terminal with a name, a shell and a folder of its own', async () => {
    await page.getByRole('button', { name: 'New terminal with options' }).click();
    const dialog = page.getByRole('dialog', { name: 'New terminal' });
    await dialog.getByLabel('Name').fill('logs');
    await dialog.getByLabel('Shell').fill('no-such-shell');
    await dialog.getByLabel('Folder').fill('/tmp');
    await dialog.getByRole('button', { name: 'Open' }).click();
    await dialog.getByText('There is no program no-such-shell.').waitFor();
    await takePicture(page, 'terminal-new');
    await dialog.getByLabel('Shell').fill('sh');
    await dialog.getByRole('button', { name: 'Open' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'logs', selected: true }).waitFor();
    await page.locator('.xterm:visible').click();
    await page.keyboard.type('echo "$0 in $PWD"');
    await page.keyboard.press('Enter');
    await terminalShows('sh in /tmp');
    await page.getByRole('tab', { name: 'logs' }).press('Delete');
    await page.getByRole('tab', { name: 'logs' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('tab', { name: /^Terminal/ }).count()).toBe(1);
  });

  it('is not harmed by what a program prints: titles, the clipboard, links and floods', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.evaluate(() => navigator.clipboard.writeText('mine'));
    const before = { title: await page.title(), url: page.url() };
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await type(
      String.raw`seq 200000; printf '\e]0;stolen\a\e]2;stolen\e\\\e]52;c;c3RvbGVu\a\e]52;c;?\a\e]8;;javascript:alert(1)\e\\a-li''nk\e]8;;\e\\\n'; echo over-$((40 + 2))`,
    );
    await terminalShows('over-42');
    await page.locator('.xterm-rows span').filter({ hasText: 'a-link' }).first().click({ force: true });
    expect({ title: await page.title(), url: page.url() }).toEqual(before);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('mine');
    expect(dialogs).toEqual([]);
  });

  it('holds a paste back that its program does not read, and drops it at Ctrl+C', async () => {
    await type('echo as"leep"; sleep 600');
    await terminalShows('asleep');
    await page.evaluate((text) => navigator.clipboard.writeText(text), 'not read\n'.repeat(40_000));
    await page.keyboard.press('Control+v');
    const waiting = page.getByText('Waiting for the program to read the paste');
    await waiting.waitFor();
    await takePicture(page, 'terminal-held-paste');
    await page.keyboard.press('Control+c');
    await waiting.waitFor({ state: 'detached' });
    await type('echo awake-$((40 + 2))');
    await terminalShows('awake-42');
    expect(await waiting.count()).toBe(0);
    await page.evaluate(() => navigator.clipboard.writeText('mine'));
  });

  it('has an agent edit a file after an approval, and the editor shows it', async () => {
    await page.getByRole('treeitem', { name: 'README.md' }).click({ timeout: 20_000 });
    await editorShows('# Hello');
    await say('Please greet Podex in the README');
    const approve = page.getByRole('button', { name: 'Approve', exact: true });
    await approve.waitFor({ timeout: 30_000 });
    const diff = page.getByRole('textbox', { name: /^Changes in .*README\.md$/ });
    await diff.filter({ hasText: '# Hello Podex' }).waitFor({ timeout: 20_000 });
    expect(await diff.locator('del').first().textContent()).toBe('# Hello');
    await takePicture(page, 'approval');
    await approve.click();
    await page.getByText('The README greets Podex now.').waitFor({ timeout: 30_000 });
    await editorShows('# Hello Podex');
    expect(await approve.count()).toBe(0);
    await takePicture(page, 'workspace');
  });

  it('opens and saves a file whose name is no UTF-8, and marks what cannot be read', async () => {
    await type(
      'printf raw-text > "$(printf \'raw\\261.txt\')"; mkdir shut; touch shut/below; chmod 400 shut; echo made-$((1 + 1))',
    );
    await terminalShows('made-2');
    await page.getByRole('treeitem', { name: 'raw\\xB1.txt' }).click();
    await editorShows('raw-text');
    await page.getByRole('textbox', { name: /^Editor:/ }).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('typed-');
    await page.keyboard.press('Control+s');
    await type("until grep typed raw*.txt | sed 's/^/saved:/' | grep saved; do sleep 0.1; done");
    await terminalShows('saved:typed-');
    await page.getByRole('treeitem', { name: 'shut' }).click();
    await page.getByRole('treeitem', { name: 'below' }).getByLabel("Can't be read").waitFor();
    expect(await page.getByLabel("Can't be read").count()).toBe(1);
    await takePicture(page, 'names');
    await page.getByRole('treeitem', { name: 'README.md' }).click();
    await editorShows('# Hello Podex');
  });

  it('loses nothing when the page is loaded again in the middle of a turn', async () => {
    await say('count slowly');
    await page.getByText(/number-3 /).waitFor({ timeout: 20_000 });
    await page.reload();
    await page.getByText(/number-0 .*number-58 number-59/).waitFor({ timeout: 30_000 });
    expect(await page.getByText('The README greets Podex now.').count()).toBe(1);
    expect(await page.getByText('Please greet Podex in the README').count()).toBeGreaterThanOrEqual(1);
    await terminalShows('awake-42');
  });

  it('is usable on a telephone, and in the dark', async () => {
    await page.setViewportSize(NARROW);
    await showEdit();
    await takePicture(page, 'workspace-narrow');
    await expectNoOverflow(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await takePicture(page, 'workspace-narrow-dark');
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByText('The README greets Podex now.').waitFor();
    await takePicture(page, 'workspace-dark');
  });

  it('can be used by everyone: sign-in, workspaces and workspace, light and dark', async () => {
    const workspaceAddress = page.url();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(workspaceAddress);
      await page.getByText('The README greets Podex now.').waitFor();
      await showEdit();
      await takePicture(page, `edit-${colorScheme}`);
      await expectAccessible(page);
      await page.goto('/workspaces');
      await page.getByRole('link', { name: 'first-steps' }).waitFor();
      await takePicture(page, `workspaces-${colorScheme}`);
      await expectAccessible(page);
    }
    await context.clearCookies();
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await expectAccessible(page);
  });

  it('writes no error to the console but for the refused sign-in and the shell that is not there', () => {
    expect(consoleErrors.filter((line) => !/400|401|403/.test(line))).toEqual([]);
  });
});

async function type(line: string): Promise<void> {
  await page
    .getByRole('region', { name: /terminal/i })
    .locator('.xterm')
    .first()
    .click();
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

/** What the terminal’s screen holds, read from the rows of xterm’s DOM renderer. */
async function terminalShows(text: string): Promise<void> {
  await page.locator('.xterm-rows').filter({ hasText: text }).waitFor({ timeout: 30_000 });
}

async function editorShows(text: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: /^Editor:/ });
  await editor.filter({ hasText: text }).waitFor({ timeout: 20_000 });
}

/** Expands the agent's edit in the conversation. */
async function showEdit(): Promise<void> {
  await page.getByRole('button', { name: /^Edit README\.md/ }).click();
  await page.getByRole('textbox', { name: /^Changes in / }).waitFor({ timeout: 20_000 });
}

async function say(text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message the agent' }).fill(text);
  await page.keyboard.press('Enter');
}
