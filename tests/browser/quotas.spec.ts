import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { expectNoOverflow, look, NARROW, pageOf, WIDE } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let admins: Page;
let user: Person;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  user = await stack.signUp();
  admins = await pageOf(browser, stack.webUrl, stack.admin, '/people');
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('limits', () => {
  it('of one person are changed by an admin, and say what is wrong at their field', async () => {
    await admins.getByRole('button', { name: `Actions for ${user.email}` }).click();
    await admins.getByRole('menuitem', { name: 'Change limits' }).click();
    const dialog = admins.getByRole('dialog');
    await dialog.getByLabel('Workspaces', { exact: true }).fill('many');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Must be a number.').waitFor();
    await look(admins, 'limits-dialog');
    await dialog.getByLabel('Workspaces', { exact: true }).fill('1');
    await dialog.getByLabel('Model spend per day, in US dollars').fill('2.50');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  });

  it('are seen by the person, with what they use', async () => {
    const made = await user.client.POST('/api/workspaces', {
      params: { query: { wait_ms: 0 } },
      body: { name: 'only one' },
    });
    expect(made.response.status).toBe(201);
    const page = await pageOf(browser, stack.webUrl, user, '/account');
    const usage = page.getByRole('region', { name: 'Usage', exact: true });
    await usage.getByText('1 of 1', { exact: true }).waitFor();
    await usage.getByText('$0.00 of $2.50').waitFor();
    expect(await usage.getByText('Own limit').count()).toBe(2);
    await usage.scrollIntoViewIfNeeded();
    await look(page, 'usage');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, 'usage-dark');
    await page.setViewportSize(NARROW);
    await expectNoOverflow(page);
    await look(page, 'usage-narrow');
    await page.setViewportSize(WIDE);
    await page.goto(`${stack.webUrl}/workspaces`);
    await page.getByRole('button', { name: 'New workspace' }).click();
    await page.getByLabel('Name').fill('one too many');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Your limit is 1 workspace, and you have 1.').waitFor();
    await look(page, 'limit-reached');
  });

  it('of the platform are among the settings', async () => {
    await admins.goto(`${stack.webUrl}/settings`);
    const budgets = admins.getByRole('region', { name: 'Model budgets' });
    await budgets.getByLabel('Per team and month').fill('99.5');
    await budgets.getByRole('button', { name: 'Save' }).click();
    await admins.getByText('Model budgets saved').waitFor();
    await look(admins, 'settings-budgets');
  });
});
