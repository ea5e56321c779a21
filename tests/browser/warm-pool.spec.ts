import { serverId } from '@podex/contracts/ids';
import { keepPoolResult } from '@podex/contracts/internal/pool';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Stack, startStack } from '../stack/stack.ts';
import { expectNoOverflow, look, NARROW, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let admins: Page;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  // What compute does is played here: there is no engine.
  await stack.compute.stop();
  admins = await pageOf(browser, stack.webUrl, stack.admin, '/servers');
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function asCompute(method: 'POST' | 'PUT', path: string, body: object): Promise<unknown> {
  const response = await fetch(`${stack.apiUrl}/internal/${path}`, {
    method,
    headers: { authorization: `Bearer ${stack.internalKeys.service}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  return response.status === 204 ? undefined : response.json();
}

/** A server that is well, with one slot that is ready, of two that are wanted, and one that could not be filled. */
async function playThePool(): Promise<void> {
  const size = { total_cpu: 8, total_memory_mb: 32_768, total_disk_gb: 500 };
  const local = { name: 'workspace-1', docker_socket: '/run/pool.sock', ...size };
  const { server_id: id } = z
    .object({ server_id: serverId })
    .parse(await asCompute('PUT', 'servers/local', local));
  const seen = { version: 1, status: 'ready', reason: null, checks: [], facts: null };
  await asCompute('POST', `servers/${id}/observe`, seen);
  const kind = { image: 'podex/workspace:latest', size: 'small' };
  const keep = { worker_id: 'the test', lease_token: null, seen: null, wait_ms: 0, slots: 2, ...kind };
  const takeLease = async () => keepPoolResult.parse(await asCompute('POST', 'pool/keep', keep)).lease_token;
  await expect.poll(takeLease, { timeout: 20_000 }).not.toBeNull();
  const [row] = await stack.postgres.run('select lease_token from pool');
  const lease = { lease_token: row?.lease_token };
  const nothing = { image_id: null, version: null, failure: null };
  for (const key of ['one', 'two']) {
    await asCompute('POST', 'pool/slots', { ...lease, storage_key: key, server_id: id, ...kind });
  }
  const ready = { ...lease, ...nothing, status: 'ready', container_id: 'c0ffee' };
  await asCompute('POST', 'pool/slots/one/observe', ready);
  const failure = 'The container does not stay up: its disk is full. Free some space on workspace-1.';
  await asCompute('POST', 'pool/slots/two/observe', {
    ...ready,
    status: 'removing',
    container_id: null,
    failure,
  });
}

describe('the warm pool on the page of servers', () => {
  it('is off by default, and says what that means', async () => {
    const section = admins.getByRole('region', { name: 'Warm pool' });
    await section.getByText('Off', { exact: true }).waitFor();
    expect(await section.getByText('The pool is off').count()).toBe(1);
    await look(admins, 'warm-pool-off');
  });

  it('shows how many wait, where, and why there are fewer than wanted', async () => {
    await playThePool();
    await admins.reload();
    const section = admins.getByRole('region', { name: 'Warm pool' });
    await section.getByText('1 of 2 ready', { exact: true }).waitFor();
    await section.getByText('1 ready · 1 being removed').waitFor();
    expect(await section.getByText('its disk is full').count()).toBe(1);
    await look(admins, 'warm-pool');
    await admins.emulateMedia({ colorScheme: 'dark' });
    await look(admins, 'warm-pool-dark');
    await admins.setViewportSize(NARROW);
    await section.scrollIntoViewIfNeeded();
    await expectNoOverflow(admins);
    await look(admins, 'warm-pool-narrow');
  });
});
