import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerIdOf } from '../stack/container-id.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { deleteWorkspace } from '../stack/workspace-actions.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

/** Nothing listens there. */
const GIT_URL = 'http://octo:hunter2-secret@127.0.0.1:9418/shop.git';

let stack: Stack;
let browser: Browser;
let page: Page;
let workspaceId: string | undefined;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  const { data } = await stack.admin.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name: 'shop', size: 'small', git_url: GIT_URL },
  });
  workspaceId = data?.id;
  expect(data?.status).toBe('running');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${workspaceId}`);
});

afterAll(async () => {
  if (workspaceId !== undefined) await deleteWorkspace(stack.admin, workspaceId);
  await browser?.close();
  await stack?.stop();
});

describe('a repository that cannot be cloned', () => {
  it('is told of above the workspace with cause and cure, and can be retried', async () => {
    const notices = page.getByTestId('workspace-notices');
    await notices.getByText('Setup failed').waitFor();
    await notices.getByText('The workspace can’t reach 127.0.0.1:9418').waitFor();
    expect(await page.content()).not.toContain('hunter2');
    await look(page, 'setup-failed');
    await notices.getByRole('button', { name: 'Retry' }).click();
    await notices.getByText('The repository is being cloned.').waitFor();
    await notices.getByText('Setup failed').waitFor();
    expect(await page.content()).not.toContain('hunter2');
  });
});

describe('an update of the daemon', () => {
  /** As compute does. */
  async function say(update: 'at_next_start' | 'needs_rebuild' | null): Promise<void> {
    const item = { workspace_id: workspaceId, container_id: await containerIdOf(workspaceId ?? ''), update };
    const response = await fetch(`${stack.apiUrl}/internal/workspaces/daemons`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.internalKeys.service}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items: [item] }),
    });
    expect(await response.json()).toEqual({ taken: [workspaceId] });
  }

  it('is told of while the page is open, with the way to it, and is gone when it is there', async () => {
    const notices = page.getByTestId('workspace-notices');
    await say('at_next_start');
    const ready = notices.getByText("It's applied the next time this workspace starts.");
    await ready.waitFor();
    await look(page, 'daemon-update-ready');
    await say('needs_rebuild');
    await notices.getByText('Update available').waitFor();
    await look(page, 'daemon-update-needs-rebuild');
    await notices.getByRole('button', { name: 'Rebuild…' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Rebuild “shop”?').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await say(null);
    await notices.getByText('Update available').waitFor({ state: 'detached' });
  });
});
