import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComputeWorker, observeServer } from '../../services/api/testing/compute-worker.ts';
import { MoveWorker } from '../../services/api/testing/move-worker.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { look, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let page: Page;
let owner: Person;
let from: string;
let to: string;
const moves = new MoveWorker({ internal });

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  // What compute does is played here: there is no engine.
  await stack.compute.stop();
  owner = await stack.signUp();
  from = await ComputeWorker.registerServer({ internal }, { name: 'ws-1' });
  for (const name of ['alpha', 'beta', 'gamma', 'delta']) await create(name);
  page = await pageOf(browser, stack.webUrl, stack.admin, `/servers/${from}`);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function internal(method: string, path: string, body?: unknown) {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.internalKeys.service}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
}

/** Stopped, but for gamma, which runs. */
async function create(name: string): Promise<void> {
  const worker = new ComputeWorker({ internal }, from);
  const query = { wait_ms: 0 };
  const { data } = await owner.client.POST('/api/workspaces', { params: { query }, body: { name } });
  await worker.step();
  if (name === 'gamma' || data === undefined) return;
  const params = { path: { workspace_id: data.id }, query };
  await owner.client.POST('/api/workspaces/{workspace_id}/stop', { params });
  await worker.step();
}

const rowOf = (name: string) =>
  page.getByRole('list', { name: 'Workspaces' }).getByRole('listitem').filter({ hasText: name });

describe('the page of a server', () => {
  it('lists whose workspaces are on it, and says where a drain would have nowhere to move them', async () => {
    await rowOf('gamma').getByText('Running', { exact: true }).waitFor();
    await rowOf('alpha').getByText('Stopped', { exact: true }).waitFor();
    expect(await page.getByText(owner.email).count()).toBe(4);
    await page.getByRole('button', { name: 'Drain' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('No other server is ready.').waitFor();
    await dialog.getByText(/follow once they have stopped\. Files are kept\. Packages/).waitFor();
    await look(page, 'server-drain-nowhere');
    await dialog.getByLabel('Move its 4 workspaces to other servers').uncheck();
    await dialog.getByText('Those on it stay, and what runs there goes on.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('moves one workspace to a server of one’s choice, shows how far it is, and cancels', async () => {
    to = await ComputeWorker.registerServer({ internal }, { name: 'ws-2' });
    await page.getByRole('button', { name: 'Move delta' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Move to').selectOption('ws-2');
    expect(await dialog.getByLabel('It is in use').count()).toBe(0);
    await look(page, 'server-move-workspace');
    await dialog.getByRole('button', { name: 'Move', exact: true }).click();
    await rowOf('delta').getByText('About to move to ws-2').waitFor();
    const task = await moves.claimOne();
    await moves.target(task, to);
    await moves.progress(task, 'copying', 42, 100);
    await rowOf('delta').getByText('Moving to ws-2 (42 %)').waitFor();
    await look(page, 'server-workspaces');
    await page.getByRole('button', { name: 'Cancel the move of delta' }).click();
    await rowOf('delta').getByText('Not moved').waitFor();
    await moves.end(await moves.claimOne(), 'cleaned');
    await page.getByRole('button', { name: 'Move delta' }).waitFor();
  });

  it('drains it, and shows what has moved, what waits and what could not be moved', async () => {
    await page.getByRole('button', { name: 'Drain' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Workspaces that run').selectOption('wait');
    await dialog.getByRole('button', { name: 'Drain' }).click();
    await dialog.waitFor({ state: 'detached' });
    const drain = page.getByRole('region', { name: 'Drain' });
    await drain.getByText('0 moved, 4 left: 3 moving, 1 waiting to stop').waitFor();
    const [first, second] = await moves.claim();
    if (first === undefined || second === undefined) throw new Error('two moves should begin');
    await moves.move(first, to);
    await drain.getByText('1 moved, 3 left: 2 moving, 1 waiting to stop').waitFor();
    await rowOf('alpha').waitFor({ state: 'detached' });
    await moves.target(second, to);
    await moves.end(second, 'failed', 'The disk of ws-2 is full. Free some space there.');
    await moves.end(await cleaning(), 'cleaned');
    await drain.getByText('1 moved, 3 left: 1 moving, 1 waiting to stop, 1 could not be moved').waitFor();
    await rowOf('beta').getByText('Could not be moved: The disk of ws-2 is full.').waitFor();
    await rowOf('gamma').getByText('Moves to another server once it has stopped').waitFor();
    await look(page, 'server-draining');
    await drain.getByRole('button', { name: 'Move what is left…' }).click();
    await dialog.getByText('Move what is left on ws-1?').waitFor();
    await dialog.getByLabel('Workspaces that run').selectOption('stop');
    await dialog.getByText('those that run are stopped, moved and started again').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.emulateMedia({ colorScheme: 'dark' });
    await look(page, 'server-draining-dark');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('activates it again, which cancels what has not begun', async () => {
    await page.getByRole('button', { name: 'Activate' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('Moves that have not begun are cancelled.').waitFor();
    await look(page, 'server-activate');
    await dialog.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('region', { name: 'Drain' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Move gamma' }).waitFor();
  });

  it('offers to move workspaces before it is removed', async () => {
    await page.getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText('ws-1 has 3 workspaces').waitFor();
    expect(await dialog.getByRole('button', { name: 'The server is lost…' }).count()).toBe(0);
    await look(page, 'server-remove');
    await dialog.getByRole('button', { name: 'Move them first' }).click();
    await dialog.getByText('Drain ws-1?').waitFor();
    expect(await dialog.getByLabel('Move its 3 workspaces to other servers').isChecked()).toBe(true);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('gives a lost server up only after its name was typed below whose files are lost', async () => {
    const reason = 'It does not respond. Is it switched on?';
    await observeServer({ internal }, from, { status: 'unreachable', reason });
    await page.getByText(reason).waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'The server is lost…' }).click();
    const dialog = page.getByRole('dialog');
    const lost = dialog.getByRole('list', { name: 'Lost with the server' });
    await lost.getByText('gamma').waitFor();
    expect(await lost.getByText(owner.email).count()).toBe(3);
    await dialog.getByLabel('Type ws-1 to confirm').fill('ws-2');
    await dialog.getByRole('button', { name: 'Give up these files' }).click();
    await dialog.getByText('Type ws-1.').waitFor();
    await look(page, 'server-lost');
    await dialog.getByLabel('Type ws-1 to confirm').fill('ws-1');
    await dialog.getByRole('button', { name: 'Give up these files' }).click();
    await page.waitForURL(`${stack.webUrl}/servers`);
    await page.getByRole('link', { name: 'ws-1' }).waitFor({ state: 'detached' });
    const { data } = await owner.client.GET('/api/workspaces', {});
    const shown = data?.items.map(({ name, status }) => `${name} ${status}`).sort();
    expect(shown).toEqual(['alpha stopped', 'beta failed', 'delta failed', 'gamma failed']);
  });
});

/** The move whose copy is left over. */
async function cleaning() {
  const task = (await moves.claim()).find(({ step }) => step === 'clean');
  if (task === undefined) throw new Error('a copy should be left over');
  return task;
}
