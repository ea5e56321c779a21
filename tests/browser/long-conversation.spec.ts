import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginConversation } from '../stack/conversation-actions.ts';
import { seedConversation } from '../stack/seed-conversation.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const TURNS = 320;

let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'long');
  const conversationId = await beginConversation(stack.admin, workspaceId, 'auto');
  await seedConversation(stack.postgres, conversationId, TURNS);
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
});

const log = () => page.getByRole('log', { name: 'Conversation' });
const question = (number: number) => log().getByText(`Question ${number}:`);
const turnsShown = () => log().getByTestId('turn').count();
const scrollUp = () => log().press('Home');

it('opens with its newest turns, and is small', async () => {
  await question(TURNS - 1).waitFor();
  await log()
    .getByText(`Part ${TURNS - 1} passes.`)
    .waitFor();
  expect(await turnsShown()).toBeLessThanOrEqual(20);
  await look(page, 'long-conversation');
});

it('loads earlier turns on the way up, and what is read stays where it is', async () => {
  const first = TURNS - 20;
  await question(first).waitFor();
  const { promise: isLookedAt, resolve: letLoad } = Promise.withResolvers<void>();
  await page.route('**/transcript?*', async (route) => {
    await isLookedAt;
    await route.continue();
  });
  await scrollUp();
  await log().getByText('Loading earlier messages…').waitFor();
  await takePicture(page, 'long-conversation-loading');
  const top = async () => (await question(first).boundingBox())?.y ?? Number.NaN;
  const before = await top();
  letLoad();
  await question(first - 20).waitFor({ state: 'attached' });
  await page.unroute('**/transcript?*');
  expect(Math.abs((await top()) - before)).toBeLessThan(40);
});

it('says that earlier turns failed to load, and loads them when it is told to', async () => {
  await page.route('**/transcript?*', (route) => route.abort());
  await scrollUp();
  const again = log().getByRole('button', { name: 'Try again' });
  await again.waitFor();
  await look(page, 'long-conversation-failed');
  await page.unroute('**/transcript?*');
  const before = await turnsShown();
  await again.click();
  await question(TURNS - before - 20).waitFor({ state: 'attached' });
});

it('goes back to the newest turn, and forgets what is far above', async () => {
  while ((await turnsShown()) <= 80) {
    const before = await turnsShown();
    await scrollUp();
    await question(TURNS - before - 20).waitFor({ state: 'attached' });
  }
  await page.getByRole('button', { name: 'Latest' }).click();
  await question(TURNS - 90).waitFor({ state: 'detached' });
  expect(await turnsShown()).toBe(40);
  await question(TURNS - 1).waitFor();
});
