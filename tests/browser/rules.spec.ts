import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, type ScriptInput, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

/** A message that says a word has the agent run a command. */
const commandOn = (word: string, command: string): ScriptInput['rules'] => [
  {
    when: { user: word, tool_results: 0 },
    reply: { parts: [{ type: 'tool_call', name: 'run_command', arguments: { command } }] },
  },
  { when: { user: word, tool_results: 1 }, reply: { parts: [{ type: 'text', text: `That was ${word}.` }] } },
];

let model: LlmDouble;
let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  model = await startLlmDouble({
    script: {
      rules: [
        ...commandOn('first', 'ls -a'),
        ...commandOn('second', 'ls -a --reverse'),
        ...commandOn('third', 'ls -a "$(rm -rf kept)"'),
        ...commandOn('fourth', 'ls -a; touch made'),
      ],
    },
  });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1`, web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  await browser?.close();
  if (workspaceId !== undefined) await deleteWorkspace(stack.admin, workspaceId);
  await stack?.stop();
  await model?.stop();
});

async function say(text: string): Promise<void> {
  await page.getByRole('textbox', { name: /message/i }).fill(text);
  await page.getByRole('textbox', { name: /message/i }).press('Enter');
}

describe('rules for agents', () => {
  it('are remembered with an approval, and spare the next question', async () => {
    await say('first');
    const approval = page.getByTestId('approval');
    await approval.getByRole('button', { name: 'Approve and remember' }).click();
    await page.getByText('Commands that start with “ls -a”').waitFor();
    await takePicture(page, 'remember-menu');
    await page.getByRole('menuitem', { name: 'In this workspace' }).first().click();
    await page.getByText('That was first.').waitFor();
    await say('second');
    await page.getByText('That was second.').waitFor();
    expect(await approval.count()).toBe(0);
  });

  it('do not allow what hides in a command, which can only be remembered as every command', async () => {
    await say('third');
    const approval = page.getByTestId('approval');
    await approval.getByRole('button', { name: 'Approve and remember' }).click();
    await page.getByText('No narrower rule fits this command.').waitFor();
    expect(await page.getByText('Commands that start with').count()).toBe(0);
    await takePicture(page, 'remember-every-command');
    await page.keyboard.press('Escape');
    await approval.getByRole('button', { name: 'Deny', exact: true }).click();
    await page.getByText('That was third.').waitFor();
  });

  it('are listed, added and removed in the menus, and deny in every mode', async () => {
    await page.getByRole('button', { name: 'Workspace shop' }).click();
    await page.getByRole('menuitem', { name: 'Rules for agents…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Commands that start with “ls -a”').waitFor();
    await dialog.getByRole('button', { name: 'New rule' }).click();
    await dialog.getByLabel('Effect').selectOption('deny');
    await dialog.getByLabel('Command').fill('touch');
    await look(page, 'new-rule');
    await dialog.getByRole('button', { name: 'Add rule' }).click();
    await dialog.getByText('Commands that start with “touch”').waitFor();
    await look(page, 'workspace-rules');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('radio', { name: 'Auto' }).click();
    await say('fourth');
    await page.getByText('Denied by a rule').waitFor();
    await page.getByText('A rule of this workspace denies run_command').waitFor();
    await look(page, 'denied-by-a-rule');
    await page.emulateMedia({ colorScheme: 'dark' });
    await takePicture(page, 'denied-by-a-rule-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Conversation actions' }).click();
    await page.getByRole('menuitem', { name: 'Rules…' }).click();
    await page.getByRole('dialog').getByText('No rules').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  });

  it('of a person stand on the account page', async () => {
    await page.goto('/account');
    await page.getByRole('button', { name: 'Add rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('About').selectOption('write_file');
    await dialog.getByLabel('Path').fill('**/.env');
    await dialog.getByRole('button', { name: 'Add rule' }).click();
    await page.getByText('Writing **/.env').waitFor();
    await look(page, 'own-rules');
    await page.getByRole('button', { name: 'Remove Writing **/.env' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Without a rule, the mode of each conversation decides.').waitFor();
  });
});
