import { waitUntil } from '@podex/service-kit/waiting';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { TerminalClient } from '../stack/terminal-client.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import {
  createRunningWorkspace,
  deleteWorkspace,
  openTerminal,
  writeText,
} from '../stack/workspace-actions.ts';
import { look, NARROW, pageOf, takePicture, WIDE } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let viewer: Person;
let owners: Page;
let viewers: Page;
let workspaceId: string;
let shell: TerminalClient;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  viewer = await stack.signUp();
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  await writeText(stack.admin, workspaceId, '/home/dev/README.md', '# Shop\n');
  const terminalId = await openTerminal(stack.admin, workspaceId);
  shell = new TerminalClient(stack.apiUrl, stack.admin.token, workspaceId, terminalId);
  await shell.attach();
  const openAs = (person: Person) => pageOf(browser, stack.webUrl, person, '/workspaces');
  [owners, viewers] = await Promise.all([openAs(stack.admin), openAs(viewer)]);
});

afterAll(async () => {
  shell?.leave();
  if (workspaceId !== undefined) await deleteWorkspace(stack.admin, workspaceId);
  if (viewers !== undefined) await takePicture(viewers, 'sharing-last');
  await browser?.close();
  await stack?.stop();
});

/** Whether what the terminal shows last is inside the part of it that is seen. */
async function hasPromptInSight(): Promise<boolean> {
  const frame = await viewers.getByTestId('terminal-screen').first().boundingBox();
  const line = await viewers
    .locator('.xterm-rows > div')
    .filter({ hasText: 'listed-2' })
    .last()
    .boundingBox();
  if (frame === null || line === null) return false;
  return line.y >= frame.y && line.y + line.height <= frame.y + frame.height;
}

describe('sharing a workspace', () => {
  it('puts it into the list of whom it is shared with, at once', async () => {
    await viewers.getByText('No workspaces yet').waitFor();
    await owners.getByRole('button', { name: 'More for shop' }).click();
    await owners.getByRole('menuitem', { name: 'Share…' }).click();
    const dialog = owners.getByRole('dialog');
    await dialog.getByLabel('Email').fill('nobody@example.com');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('alert').filter({ hasText: 'Nobody here has the email' }).waitFor();
    await dialog.getByLabel('Email').fill(viewer.email);
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('listitem').filter({ hasText: viewer.email }).waitFor();
    await look(owners, 'share-dialog');

    await viewers.getByText('Shared with you · Viewer').waitFor();
    await look(viewers, 'workspaces-shared');
    await viewers.getByRole('button', { name: 'More for shop' }).click();
    expect(await viewers.getByRole('menuitem').allTextContents()).toEqual(['Leave…']);
    await viewers.keyboard.press('Escape');
    await viewers.getByRole('link', { name: 'shop' }).click();
  });

  it('shows a viewer what the terminal prints, and takes nothing that they type', async () => {
    const terminal = viewers.getByRole('region', { name: 'Terminal' });
    await terminal.getByText('View only').waitFor({ timeout: 30_000 });
    shell.type('echo printed-$((40 + 2))\r');
    await viewers.locator('.xterm-rows').filter({ hasText: 'printed-42' }).waitFor({ timeout: 30_000 });
    await terminal.locator('.xterm').first().click();
    await viewers.keyboard.type('touch typed-by-the-viewer\n');
    // What was typed before this would have been run before it.
    shell.type('ls; echo listed-$((1 + 1))\r');
    await viewers.locator('.xterm-rows').filter({ hasText: 'listed-2' }).waitFor({ timeout: 30_000 });
    expect(shell.text).not.toContain('typed-by-the-viewer');
    expect(await viewers.getByRole('button', { name: 'New terminal' }).count()).toBe(0);
    expect(await viewers.getByRole('button', { name: 'New file' }).count()).toBe(0);
    expect(await viewers.getByRole('textbox', { name: 'Message the agent' }).count()).toBe(0);
    expect(await hasPromptInSight()).toBe(true);
    await look(viewers, 'workspace-viewer');
    await viewers.setViewportSize(NARROW);
    await viewers.getByRole('tab', { name: 'Terminal', exact: true }).click();
    await takePicture(viewers, 'terminal-viewer-narrow');
    await viewers.setViewportSize(WIDE);
  });

  it('lets them type as soon as they may', async () => {
    await owners.getByLabel(/^Role of Person/).selectOption('terminal');
    await viewers.getByRole('button', { name: 'New terminal', exact: true }).waitFor();
    await waitUntil(
      async () => {
        await viewers.locator('.xterm').first().click();
        await viewers.keyboard.type('echo typed-$((40 + 3))\n');
        return shell.text.includes('typed-43') || undefined;
      },
      { timeoutMs: 30_000, everyMs: 1000 },
    );
    expect(await viewers.getByRole('button', { name: 'New file' }).count()).toBe(0);
  });

  it('says so when it is over', async () => {
    await owners.getByRole('button', { name: /^Stop sharing with Person/ }).click();
    await viewers.getByRole('heading', { name: 'No longer shared with you' }).waitFor();
    expect(await viewers.locator('.xterm').count()).toBe(0);
    await look(viewers, 'workspace-lost');
    await owners.getByRole('button', { name: 'Done' }).click();
  });
});

describe('a team', () => {
  it('is made, filled and given a workspace', async () => {
    await owners.getByRole('button', { name: 'Account' }).click();
    await owners.getByRole('menuitem', { name: 'Teams' }).click();
    await owners.getByText('You are in no team').waitFor();
    await look(owners, 'teams-empty');
    await owners.getByRole('button', { name: 'New team' }).click();
    await owners.getByRole('dialog').getByLabel('Name').fill('Web shop');
    await owners.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await owners.getByRole('heading', { name: 'Web shop' }).waitFor();
    await owners.getByLabel('Email').fill(viewer.email);
    await owners.getByRole('button', { name: 'Add member' }).click();
    await owners.getByRole('listitem').filter({ hasText: viewer.email }).waitFor();
    await look(owners, 'team');

    await owners.goto('/workspaces');
    await owners.getByRole('button', { name: 'More for shop' }).click();
    await owners.getByRole('menuitem', { name: 'Move to…' }).click();
    await owners.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
    await owners.getByText('Web shop · Owner').waitFor();

    // The page that had lost it has it again, as what the team makes of them.
    await viewers.getByRole('button', { name: 'New file' }).waitFor();
    await viewers.goto('/workspaces');
    await viewers.getByText('Web shop · Editor').waitFor();
    await viewers.getByRole('button', { name: 'New workspace' }).click();
    await viewers.getByRole('dialog').getByLabel('Owner').selectOption({ label: 'Web shop' });
    await look(viewers, 'new-workspace-of-team');
    await viewers.keyboard.press('Escape');
  });

  it('is neither left by its last owner nor deleted with its workspaces', async () => {
    await owners.goto('/teams');
    await owners.getByRole('link', { name: 'Web shop' }).click();
    await owners.getByRole('button', { name: 'Leave…' }).click();
    await owners.getByRole('alertdialog').getByRole('button', { name: 'Leave team' }).click();
    await owners.getByRole('alert').filter({ hasText: 'A team needs an owner' }).waitFor();
    await owners.keyboard.press('Escape');
    await owners.getByRole('button', { name: 'Delete…' }).click();
    const question = owners.getByRole('alertdialog');
    expect(await question.textContent()).toContain('It still has 1 workspace.');
    await question.getByRole('button', { name: 'Delete team' }).click();
    await question.getByRole('alert').filter({ hasText: 'The team has 1 workspace.' }).waitFor();
    await look(owners, 'team-delete');
  });
});
