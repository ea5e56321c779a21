import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAiResponsesWire } from '../doubles/llm/vendors/openai-responses-wire.ts';
import { startVendorDouble, type VendorDouble } from '../doubles/llm/vendors/vendor-double.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const MODEL = 'gpt-5.6';

let vendor: VendorDouble;
let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  vendor = await startVendorDouble(openAiResponsesWire);
  vendor.say(MODEL, { parts: [{ type: 'text', text: 'Hello there.' }] });
  stack = await startStack({
    dockerSocket: requireTestEngine(),
    modelUrl: `${vendor.url}/v1`,
    agentEnvironment: { OPENAI_API: 'responses', DEFAULT_MODEL: `openai/${MODEL}` },
    web: true,
  });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId !== undefined) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
  await vendor?.stop();
});

/** From a menu beside the message field, which a second try of the test finds closed or open. */
async function choose(menu: string, option: RegExp, picture: string): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: new RegExp(`^${menu}:`) }).click();
  await takePicture(page, picture);
  await page.getByRole('menuitemradio', { name: option }).click();
}

describe('the models of a conversation', () => {
  it('are listed with who serves them, their context and what they can do', async () => {
    await choose('Model', /OpenAI · 1M context · images, reasoning/, 'model-menu');
    await page.getByRole('button', { name: `Model: ${MODEL}` }).waitFor();
  });

  it('reason as much as was chosen, also after the page is loaded again', async () => {
    await choose('Reasoning effort', /^High/, 'effort-menu');
    await page.getByRole('textbox', { name: /message/i }).fill('hi');
    await page.getByRole('textbox', { name: /message/i }).press('Enter');
    await page.getByText('Hello there.').waitFor();
    expect(vendor.requestsOf(MODEL).at(-1)?.body).toMatchObject({ reasoning: { effort: 'high' } });
    await page.reload();
    await page.getByRole('button', { name: 'Reasoning effort: High' }).waitFor();
    await look(page, 'reasoning-effort');
    await page.emulateMedia({ colorScheme: 'dark' });
    await choose('Model', /^Default/, 'model-menu-dark');
    await page.emulateMedia({ colorScheme: 'light' });
  });
});
