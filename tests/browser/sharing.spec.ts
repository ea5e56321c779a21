import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { launchBrowser } from './launch-browser.ts';

const PICTURES = process.env.PODEX_TEST_PICTURES ?? path.join(REPOSITORY, '.podex/pictures');

let stack: Stack;
let browser: Browser;
let owner: Person;
let guest: Person;
let workspaceId: string;
let ownersPage: Page;
let guestsPage: Page;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  owner = await stack.signUp();
  guest = await stack.signUp();
  workspaceId = await createRunningWorkspace(owner, 'shop');
  browser = await launchBrowser();
  ownersPage = await signIn(owner);
  guestsPage = await signIn(guest);
});

afterAll(async () => {
  if (workspaceId !== undefined) await deleteWorkspace(owner, workspaceId);
  await browser?.close();
  await stack?.stop();
});

async function signIn({ email, password }: Person): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: stack.webUrl });
  const page = await context.newPage();
  await page.goto('/workspaces');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'New workspace' }).first().waitFor();
  return page;
}

async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), animations: 'disabled' });
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa'])
    .exclude('.xterm')
    .analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

const terminalOf = (page: Page) => page.getByTestId('terminal-screen').locator('visible=true').first();
const typeIn = async (page: Page, text: string) => {
  await terminalOf(page).click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
};

describe('sharing a workspace', () => {
  it('lets a viewer watch the terminal, and type nothing in it', async () => {
    await ownersPage.goto(`/workspaces/${workspaceId}`);
    await terminalOf(ownersPage).locator('.xterm-screen').waitFor();
    await ownersPage.getByRole('button', { name: 'Workspace shop' }).click();
    await ownersPage.getByRole('menuitem', { name: 'Share…' }).click();
    const dialog = ownersPage.getByRole('dialog');
    await dialog.getByLabel('Email').fill('nobody@example.com');
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByText('Nobody here has the e-mail').waitFor();
    await dialog.getByLabel('Email').fill(guest.email);
    await dialog.getByRole('button', { name: 'Share', exact: true }).click();
    await dialog.getByRole('list', { name: 'Shared with' }).getByText(guest.email).waitFor();
    await look(ownersPage, 'share');
    await ownersPage.keyboard.press('Escape');

    await guestsPage.getByText('Shared with you: Viewer').waitFor();
    await guestsPage.getByRole('link', { name: 'shop' }).click();
    await guestsPage.getByText('View only').waitFor();
    await terminalOf(guestsPage).locator('.xterm-screen').waitFor();
    await typeIn(guestsPage, 'touch by-the-guest');
    await typeIn(ownersPage, 'ls -a; echo seen-$((40 + 2))');
    await guestsPage.getByText('seen-42').first().waitFor();
    await look(guestsPage, 'shared-as-viewer');
    expect(await ownersPage.getByText('by-the-guest').count()).toBe(0);
  });

  it('ends for the guest when the owner takes it back', async () => {
    await ownersPage.getByRole('button', { name: 'Workspace shop' }).click();
    await ownersPage.getByRole('menuitem', { name: 'Share…' }).click();
    const dialog = ownersPage.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Remove / }).click();
    await dialog.getByRole('list', { name: 'Shared with' }).waitFor({ state: 'detached' });
    await guestsPage.goto('/workspaces');
    await guestsPage.getByRole('button', { name: 'New workspace' }).first().waitFor();
    expect(await guestsPage.getByRole('link', { name: 'shop' }).count()).toBe(0);
  });
});

describe('a team', () => {
  it('is made, filled and used on the page', async () => {
    await ownersPage.goto('/teams');
    await ownersPage.getByText('No teams yet').waitFor();
    await ownersPage.getByRole('button', { name: 'New team' }).click();
    await ownersPage.getByLabel('Name').fill('Web shop');
    await ownersPage.getByRole('button', { name: 'Create' }).click();
    await look(ownersPage, 'teams');
    await ownersPage.getByRole('link', { name: 'Web shop' }).click();
    await ownersPage.getByLabel('Email').fill(guest.email);
    await ownersPage.getByRole('button', { name: 'Add' }).click();
    await ownersPage.getByRole('list', { name: 'Members' }).getByText(guest.email).waitFor();
    await look(ownersPage, 'team');
    await ownersPage.getByRole('button', { name: 'Leave' }).click();
    await ownersPage.getByRole('alertdialog').getByRole('button', { name: 'Leave' }).click();
    await ownersPage.getByText('A team needs an owner').waitFor();

    await guestsPage.goto('/workspaces');
    await guestsPage.getByRole('button', { name: 'New workspace' }).first().click();
    await guestsPage.getByLabel('Belongs to').selectOption({ label: 'Web shop' });
    await look(guestsPage, 'new-team-workspace');
  });
});
