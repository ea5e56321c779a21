import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, writeText } from '../stack/workspace-actions.ts';
import { expectNoOverflow, pageOf, takePicture, WIDE } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const NARROWER = { width: 800, height: 860 };

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  id = await createRunningWorkspace(stack.admin, 'resized');
  await writeText(stack.admin, id, 'notes.txt', 'theirs\n');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
}, 240_000);

afterAll(async () => {
  if (page !== undefined) await takePicture(page, 'resizing-last');
  await browser?.close();
  if (id !== undefined) await deleteWorkspace(stack.admin, id);
  await stack?.stop();
}, 120_000);

const draft = () => page.getByRole('textbox', { name: 'Message the agent' });
const editor = () => page.getByTestId('editor').locator('.cm-content');
const dialog = () => page.getByRole('dialog', { name: 'New terminal' });
const topLine = async () => (await page.locator('.xterm-rows > div').first().textContent())?.trim();
const panelTab = (name: string) =>
  page.getByRole('tablist', { name: 'Panels' }).getByRole('tab', { name, includeHidden: true });

/** What `read` gives once that is the same several times. */
async function untilStill<Value>(read: () => Promise<Value>): Promise<Value> {
  let [last, same] = [await read(), 0];
  await expect
    .poll(
      async () => {
        const next = await read();
        same = next === last ? same + 1 : 0;
        last = next;
        return same;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(5);
  return last;
}

/** Of all that was typed and opened, whether it is shown or not. */
const kept = async () => ({
  draft: await page.locator('#panel-agent textarea').inputValue(),
  edited: await editor().textContent(),
  dialog: await dialog().getByLabel('Name').inputValue(),
});

describe('a page that becomes narrow and wide again', { timeout: 120_000 }, () => {
  it('keeps the draft, the unsaved text, the dialog and where the terminal was scrolled to', async () => {
    await page.locator('.xterm:visible').click();
    await page.keyboard.type('seq 400; echo "end"ed');
    await page.keyboard.press('Enter');
    await page.locator('.xterm-rows').filter({ hasText: 'ended' }).waitFor();
    await page.locator('.xterm:visible').hover();
    const bottom = await untilStill(topLine);
    await page.mouse.wheel(0, -1_000);
    await expect.poll(topLine).not.toBe(bottom);
    const scrolledTo = await untilStill(topLine);
    await page.getByRole('treeitem', { name: 'notes.txt', exact: true }).click();
    await editor().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('mine ');
    await page.locator('#panel-agent textarea').fill('half a message');
    await page.getByRole('button', { name: 'New terminal with options' }).click();
    await dialog().getByLabel('Name').fill('half a name');
    const before = await kept();
    expect(before).toEqual({ draft: 'half a message', edited: 'mine theirs', dialog: 'half a name' });

    await page.setViewportSize(NARROWER);
    await panelTab('Terminal').waitFor({ state: 'attached' });
    expect(await kept()).toEqual(before);
    await takePicture(page, 'resizing-narrow');
    await page.setViewportSize(WIDE);
    await panelTab('Terminal').waitFor({ state: 'detached' });
    expect(await kept()).toEqual(before);
    await expect.poll(topLine).toBe(scrolledTo);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it('shows one panel at a time where it is narrow, first the one that was used last', async () => {
    await editor().click();
    await page.setViewportSize(NARROWER);
    expect(await panelTab('Editor').getAttribute('aria-selected')).toBe('true');
    await editor().waitFor();
    expect(await draft().isVisible()).toBe(false);
    await expectNoOverflow(page);
    await panelTab('Agent').click();
    await draft().waitFor();
    expect(await draft().inputValue()).toBe('half a message');
    expect(await editor().isVisible()).toBe(false);
    await takePicture(page, 'resizing-agent');
    await page.setViewportSize(WIDE);
    await editor().waitFor();
    expect(await page.getByRole('separator').count()).toBe(3);
  });
});
