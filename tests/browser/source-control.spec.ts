import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const TOKEN = 'typed-once-and-never-shown';
const MAKE_REPOSITORY = [
  'git config --global user.email dev@example.com && git config --global user.name Dev',
  'git init -q --bare -b main remote.git && git init -q -b main shop && cd shop',
  'seq 1 30 > a.txt && echo keep > b.txt && git add . && git commit -qm First',
  'git remote add origin ~/remote.git && git checkout -qb other && git checkout -q main',
  `sed -i -e '2s/.*/two/' -e '25s/.*/twenty-five/' a.txt && echo new > c.txt`,
].join(' && ');

let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  await runToEnd(stack.admin, workspaceId, MAKE_REPOSITORY);
  browser = await launchBrowser();
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
});

describe('source control', { timeout: 120_000 }, () => {
  it('shows what has changed, stages a hunk, commits, publishes, and shows what git says no with', async () => {
    await page.getByRole('tab', { name: /Source control/ }).click();
    const panel = page.getByTestId('source-control');
    await panel.getByRole('button', { name: 'Branch main' }).waitFor();
    await panel
      .getByRole('region', { name: 'Changes' })
      .getByRole('button', { name: /a\.txt.*Modified/ })
      .click();
    const diff = page.getByTestId('diff');
    await diff.getByText('+twenty-five').waitFor();
    await look(page, 'source-control');
    await diff.getByRole('button', { name: 'Stage hunk' }).first().click();
    await panel
      .getByRole('region', { name: 'Staged changes' })
      .getByRole('button', { name: 'Unstage a.txt' })
      .waitFor();

    await panel.getByLabel('Commit message').fill('Second');
    await panel.getByLabel('Commit message').press('Control+Enter');
    await panel.getByRole('region', { name: 'Staged changes' }).waitFor({ state: 'detached' });
    expect(
      (await runToEnd(stack.admin, workspaceId, 'git -C shop show --format=%s HEAD:a.txt | sed -n 2p'))
        .output,
    ).toBe('two\n');
    await panel.getByRole('button', { name: 'Publish branch' }).click();
    await panel.getByRole('button', { name: 'Push' }).waitFor();

    await runToEnd(stack.admin, workspaceId, 'rm -rf remote.git');
    await panel.getByRole('button', { name: 'Pull' }).click();
    await panel.getByRole('alert').getByText('does not appear to be a git repository').first().waitFor();
    // A picture alone: another width is another layout, which forgets the failure.
    await takePicture(page, 'source-control-failure');
    await panel.getByRole('button', { name: 'Dismiss' }).click();

    await panel.getByRole('button', { name: 'Discard c.txt' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click();
    await panel.getByRole('button', { name: 'Discard c.txt' }).waitFor({ state: 'detached' });
    await panel.getByRole('radio', { name: 'History' }).click();
    await panel.getByRole('button', { name: /Second/ }).click();
    await diff.getByText('+two', { exact: true }).waitFor();
    await look(page, 'source-control-history');
  });

  it('has its credentials on the account page, and shows none again', async () => {
    await page.goto(`${stack.webUrl}/account`);
    const section = page.getByRole('region', { name: 'Git credentials' });
    await section.getByRole('button', { name: 'Add credential' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Host').fill('GitHub.com');
    await dialog.getByLabel('Access token').fill(TOKEN);
    await look(page, 'git-credential');
    await dialog.getByRole('button', { name: 'Save credential' }).click();
    await section.getByText('github.com').waitFor();
    expect(await page.content()).not.toContain(TOKEN);
  });
});
