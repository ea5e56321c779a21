import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let model: LlmDouble;
let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  const slowDown = { error: { status: 429, message: 'slow down', retry_after_seconds: 240 } };
  model = await startLlmDouble({
    script: {
      rules: [{ times: 2, reply: slowDown }, { reply: { parts: [{ type: 'text', text: 'Here I am.' }] } }],
    },
  });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1`, web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'patience');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
  await model?.stop();
});

it('a turn says until when it waits, and is tried now', async () => {
  await page.getByRole('textbox', { name: 'Message the agent' }).fill('Are you there?');
  await page.keyboard.press('Enter');
  await page.getByText(/^Next try at \d\d:\d\d:\d\d$/).waitFor();
  await page.getByText(/slow down/).waitFor();
  await look(page, 'turn-waiting');
  await page.emulateMedia({ colorScheme: 'dark' });
  await takePicture(page, 'turn-waiting-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByRole('button', { name: 'Try now' }).waitFor({ state: 'detached' });
  // The vendor asks to wait once more.
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByText('Here I am.').waitFor();
});
