import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFixture } from '../../testing/local-fixture.ts';
import { containerName } from './container-spec.ts';

const REMOVED_TIMEOUT_MS = 60_000;

describe('what a first start has left on a server', () => {
  let local: LocalFixture;

  beforeAll(async () => {
    local = await LocalFixture.start();
  }, 120_000);

  afterAll(() => local?.stop(), 60_000);

  it('is removed by its key, and what goes by the same name with another key is left alone', {
    timeout: 180_000,
  }, async () => {
    const { compute, engine, server } = local;
    const [left, stays] = [await local.create(), await local.create()];
    const folderOf = (key: string) => path.join(compute.storage, key);
    const { storage_key: leftKey } = compute.api.task(left);
    const { storage_key: keptKey } = compute.api.task(stays);
    const { id: kept } = await local.containerOf(stays);
    expect([existsSync(folderOf(leftKey)), existsSync(folderOf(keptKey))]).toEqual([true, true]);
    compute.api.want(left, {
      desired_status: 'stopped',
      server_id: null,
      storage_key: crypto.randomUUID(),
    });
    await compute.api.untilSettled(left);
    const record = compute.api.servers.get(server);
    if (record === undefined) throw new Error('no server');
    const leftovers = [
      { storage_key: leftKey, workspace_id: left },
      { storage_key: crypto.randomUUID(), workspace_id: stays },
    ];
    compute.api.servers.set(server, { ...record, leftovers });
    const remaining = () => compute.api.servers.get(server)?.leftovers;
    await expect.poll(remaining, { timeout: REMOVED_TIMEOUT_MS }).toEqual([]);
    expect(await engine.containers.find(containerName(left))).toBeUndefined();
    expect(existsSync(folderOf(leftKey))).toBe(false);
    expect(await local.containerOf(stays)).toMatchObject({ id: kept, state: 'running' });
    expect(existsSync(folderOf(keptKey))).toBe(true);
  });
});
