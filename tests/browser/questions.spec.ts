import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LlmDouble, startLlmDouble } from '../doubles/llm/llm-double.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, readText, writeText } from '../stack/workspace-actions.ts';
import { look, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const call = (name: string, args: Record<string, unknown>) => ({
  type: 'tool_call' as const,
  name,
  arguments: args,
});
const PLAN = `# Rename the shop

1. Change the title in \`title.txt\` to **Corner shop**.
2. Read it again.

| File | Change |
| --- | --- |
| title.txt | the title |`;

let model: LlmDouble;
let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  model = await startLlmDouble({
    script: {
      rules: [
        {
          when: { user: 'colour', tool_results: 0 },
          reply: {
            parts: [
              call('ask_user', {
                question: 'Which colour should the shop have?',
                options: ['Green, as the logo', 'Blue', 'As it is'],
              }),
            ],
          },
        },
        {
          when: { user: 'colour', tool_results: 1 },
          reply: {
            parts: [
              call('todo', {
                items: [
                  { text: 'Ask for the colour', status: 'done' },
                  { text: 'Paint the shop', status: 'in_progress' },
                  { text: 'Look at it again', status: 'pending' },
                ],
              }),
            ],
          },
        },
        { when: { user: 'colour', tool_results: 2 }, reply: { parts: [{ type: 'text', text: 'Painted.' }] } },
        {
          when: { user: 'rename', tool_results: 0 },
          reply: { parts: [call('run_command', { command: 'cat title.txt; echo no > title.txt; id -u' })] },
        },
        {
          when: { user: 'rename', tool_results: 1 },
          reply: { parts: [call('propose_plan', { plan: PLAN })] },
        },
        {
          when: { user: 'rename', tool_results: 2 },
          reply: { parts: [call('propose_plan', { plan: PLAN })] },
        },
        {
          when: { user: 'rename', tool_results: 3 },
          reply: { parts: [call('run_command', { command: 'echo "Corner shop" > title.txt' })] },
        },
        { when: { user: 'rename', tool_results: 4 }, reply: { parts: [{ type: 'text', text: 'Renamed.' }] } },
      ],
    },
  });
  stack = await startStack({ dockerSocket: requireTestEngine(), modelUrl: `${model.url}/v1`, web: true });
  browser = await launchBrowser();
  workspaceId = await createRunningWorkspace(stack.admin, 'shop');
  await writeText(stack.admin, workspaceId, 'title.txt', 'Shop\n');
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

describe('what the agent asks a person', () => {
  it('is answered with an option and own words', async () => {
    await say('which colour');
    const question = page.getByTestId('question');
    await question.getByText('Which colour should the shop have?').waitFor();
    await page.getByText('Waiting for your answer.').waitFor();
    expect(await question.getByRole('button', { name: 'Answer' }).isDisabled()).toBe(true);
    await question.getByRole('radio', { name: 'Blue' }).check();
    await question.getByRole('textbox', { name: 'Your own answer' }).fill('A dark one');
    await look(page, 'question');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, 'question-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await question.getByRole('radio', { name: 'Blue' }).check();
    await question.getByRole('textbox', { name: 'Your own answer' }).fill('A dark one');
    await question.getByRole('button', { name: 'Answer' }).click();
    await page.getByText('Painted.').waitFor();
    const told = JSON.stringify(model.requests().at(-1)?.body);
    expect(told).toContain('The person answered: Blue');
    expect(told).toContain('A dark one');
    expect(await question.count()).toBe(0);
  });

  it('stands beside a list of what it has to do, which is there again after a reload', async () => {
    await page.reload();
    const list = page.getByTestId('todo');
    await list.getByRole('button', { name: '1 of 3 done Paint the shop' }).click();
    await list.getByText('Look at it again').waitFor();
    await look(page, 'todo');
  });

  it('is a plan in plan mode, which changes nothing until it is approved', async () => {
    const mode = (name: string) => page.getByRole('radio', { name, exact: true });
    await mode('Plan').click();
    await say('rename it');
    const plan = page.getByTestId('plan');
    await plan.getByText('Corner shop').waitFor();
    expect(await readText(stack.admin, workspaceId, 'title.txt')).toBe('Shop\n');
    await look(page, 'plan');
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, 'plan-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await plan.getByRole('textbox').fill('Only the title.');
    await plan.getByRole('button', { name: 'Keep planning' }).click();
    await page.locator('[data-tool="propose_plan"]').nth(1).waitFor();
    await plan.getByText('Corner shop').waitFor();
    await takePicture(page, 'plan-again');
    await plan.getByRole('button', { name: 'Approve in Auto mode' }).click();
    await page.getByText('Renamed.').waitFor();
    expect(await readText(stack.admin, workspaceId, 'title.txt')).toBe('Corner shop\n');
    await page.locator('[role="radio"][data-state="on"]', { hasText: 'Auto' }).waitFor();
    await takePicture(page, 'plan-carried-out');
  });
});
