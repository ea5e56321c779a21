import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../services/compute/testing/certificate-requests.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { enterCredentials, look, newPage } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let admin: Page;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  admin = await newPage(browser, stack.webUrl);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** As the new server does. */
async function join(token: string): Promise<number> {
  const response = await fetch(`${stack.apiUrl}/api/servers/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token,
      name: 'ws-4',
      hostname: '127.0.0.9',
      docker_port: 2376,
      csr: await certificateRequest({ commonName: 'ws-4' }),
      total_cpu: 8,
      total_memory_mb: 16_384,
      total_disk_gb: 160,
    }),
  });
  return response.status;
}

describe('a server that joins', () => {
  it('is given one command on the page, which says what is wrong with its name first', async () => {
    await admin.goto('/servers');
    await enterCredentials(admin, stack.admin);
    await admin.getByRole('button', { name: 'Join with one command' }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Ws 4');
    await dialog.getByLabel('Address').fill('10.0.0.1:80');
    await dialog.getByRole('button', { name: 'Create command' }).click();
    await dialog.getByText('Use lower-case letters, digits and dashes.').waitFor();
    await dialog.getByText('Enter an IP address or a host name.').waitFor();
    await look(admin, 'join-problem');
    await dialog.getByLabel('Name').fill('ws-4');
    await dialog.getByLabel('Address').fill('127.0.0.9');
    await dialog.getByRole('button', { name: 'Create command' }).click();
    await dialog.getByRole('heading', { name: 'Run this on ws-4' }).waitFor();
    expect(await dialog.getByLabel('Command').inputValue()).toMatch(
      /^podex servers join --token pdxj_[\w-]{43} --url http:\/\/127\.0\.0\.1:\d+$/,
    );
    await look(admin, 'join-command');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await admin.getByRole('region', { name: 'Waiting to join' }).getByText('127.0.0.9:2376').waitFor();
    await look(admin, 'join-waiting');
  });

  it('cannot use a command that was revoked', async () => {
    await admin.getByRole('button', { name: 'Join with one command' }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByLabel('Name').fill('ws-4');
    await dialog.getByLabel('Address').fill('127.0.0.9');
    await dialog.getByRole('button', { name: 'Create command' }).click();
    const command = await dialog.getByLabel('Command').inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await admin.getByRole('button', { name: 'Revoke ws-4' }).click();
    await admin.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await admin.getByRole('region', { name: 'Waiting to join' }).waitFor({ state: 'detached' });
    expect(await join(/pdxj_\S+/.exec(command)?.[0] ?? '')).toBe(404);
  });

  it('appears in the list as soon as it has joined', async () => {
    await admin.getByRole('button', { name: 'Join with one command' }).click();
    const dialog = admin.getByRole('dialog');
    await dialog.getByLabel('Name').fill('ws-4');
    await dialog.getByLabel('Address').fill('127.0.0.9');
    await dialog.getByRole('button', { name: 'Create command' }).click();
    const command = await dialog.getByLabel('Command').inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await join(/pdxj_\S+/.exec(command)?.[0] ?? '')).toBe(201);
    // Its row may hold its name twice: a server that cannot be reached is named in the cause.
    await admin
      .getByRole('list', { name: 'Servers' })
      .getByRole('link', { name: 'ws-4', exact: true })
      .waitFor();
    await admin.getByRole('region', { name: 'Waiting to join' }).waitFor({ state: 'detached' });
  });
});
