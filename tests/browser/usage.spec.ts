import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const LOOK = { type: 'tool_call', name: 'list_files', arguments: { path: '.' } } as const;

let model: LlmDouble;
let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  const usage = { prompt_tokens: 100_000, completion_tokens: 20_000 };
  model = await startLlmDouble({
    script: {
      rules: [
        { when: { user: 'Look around', tool_results: 0 }, reply: { parts: [LOOK], usage } },
        { reply: { parts: [{ type: 'text', text: 'Here I am.' }], usage } },
      ],
    },
  });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1`, web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'costs');
  page = await pageOf(browser, stack.webUrl, stack.admin, '/account');
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
  await model?.stop();
});

async function lookAllWays(name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await look(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await look(page, name);
}

async function setInSettings(form: string, label: string, value: string): Promise<void> {
  await page.goto(`${stack.webUrl}/settings`);
  const region = page.getByRole('region', { name: form });
  await region.getByLabel(label).fill(value);
  await region.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${form} saved`).waitFor();
}

async function say(text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message the agent' }).fill(text);
  await page.keyboard.press('Enter');
}

describe('usage of models', () => {
  it('is empty at first', async () => {
    const section = page.getByRole('region', { name: 'Model usage' });
    await section.getByText('No usage yet').waitFor();
    await section.scrollIntoViewIfNeeded();
    await lookAllWays('model-usage-empty');
  });

  it('costs what an admin has set for the model, and stands below each turn', async () => {
    await setInSettings('Model budgets', 'Prices of models', 'openai/* input=2 output=10');
    await page.goto(`${stack.webUrl}/workspaces/${workspaceId}`);
    await say('Are you there?');
    await page.getByText('Here I am.').waitFor();
    // 100,000 × $2 + 20,000 × $10, for a million tokens.
    await page.getByTestId('turn-usage').getByText('100k in, 20k out · $0.40').waitFor();
    await page.getByTestId('conversation-usage').getByText('$0.40').waitFor();
    await lookAllWays('turn-usage');
  });

  it('makes a turn wait before its next call, and go on once more is allowed', async () => {
    await setInSettings('Model budgets', 'Per person and day', '0.45');
    await page.goto(`${stack.webUrl}/workspaces/${workspaceId}`);
    await say('Look around');
    await page.getByText('The model budget is used up').waitFor();
    await page
      .getByText(/^\$0\.80 was spent on models today .* and \$0\.45 is allowed\. It begins again at/)
      .waitFor();
    await page.getByTestId('conversation-usage').getByText('$0.80').waitFor();
    await lookAllWays('budget-used-up');
    await setInSettings('Model budgets', 'Per person and day', '50');
    await page.goto(`${stack.webUrl}/workspaces/${workspaceId}`);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByTestId('turn-usage').getByText('200k in, 40k out · $0.80').waitFor();
  });

  it('is shown by day, model and workspace, to admins of everybody', async () => {
    await page.goto(`${stack.webUrl}/account`);
    const section = page.getByRole('region', { name: 'Model usage' });
    await section.getByText('$1.20', { exact: true }).first().waitFor();
    await section.getByRole('radio', { name: 'Workspace' }).click();
    await section.getByRole('rowheader', { name: 'costs' }).waitFor();
    await section.scrollIntoViewIfNeeded();
    await lookAllWays('model-usage');
    await page.goto(`${stack.webUrl}/usage`);
    await page.getByRole('rowheader', { name: stack.admin.email }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await lookAllWays('all-usage');
  });
});
