import { PodexError } from '@podex/contracts/errors';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BurstScene,
  changeSettings,
  createAtOnce,
  orphansOf,
  startBurstScene,
} from '../stack/burst-scene.ts';
import { deleteWorkspace } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const CREATIONS = 50;
const SLOTS = 3;
/** How many may run at once: fewer for a machine with less than 8 GB to spare. Those above it say that there is no room. */
const ROOM = Number(process.env.PODEX_TEST_BURST_ROOM ?? CREATIONS);
/** When the engine is killed. */
const IN_THE_MIDDLE = Math.min(CREATIONS, ROOM) / 3;
const END_TIMEOUT_MS = 480_000;
const ORPHANS_GONE_WITHIN_MS = 60_000;
/** What who waits no longer is told. */
const CLEAR =
  /No room is left|workspace servers? can take it|Can’t reach its server|another server is looked for|^Moved to/;
const DELETED_TIMEOUT_MS = 180_000;

let scene: BurstScene;

beforeAll(async () => {
  scene = await startBurstScene({
    directory: temporaryFolder('burst', '/var/tmp'),
    room: ROOM,
    computeEnvironment: { COMPUTE_WARM_POOL_SIZE: String(SLOTS) },
  });
  await untilCount(`select count(*) from pool_slot where status = 'ready'`, (count) => count >= SLOTS);
}, 240_000);

afterAll(() => scene?.stop(), 120_000);

async function count(query: string): Promise<number> {
  const [row] = await scene.stack.postgres.run(query);
  return Number(row?.count);
}

async function untilCount(query: string, isReached: (count: number) => boolean): Promise<void> {
  await waitUntil(async () => (isReached(await count(query)) ? true : undefined), {
    timeoutMs: DELETED_TIMEOUT_MS,
    everyMs: 100,
  });
}

/** A connection that rested for so long may be cut off by the other side just now: it is asked once more, and may have been heard. */
async function deleted(id: string): Promise<void> {
  const ask = () => deleteWorkspace(scene.person, id);
  await ask().catch(async (lost: unknown) => {
    if (!PodexError.has(lost, 'service_unavailable')) throw lost;
    await ask().catch((error: unknown) => {
      if (!PodexError.has(error, 'workspace_not_found')) throw error;
    });
  });
}

describe('50 creations at once, and one of three engines killed in the middle', { timeout: 900_000 }, () => {
  it('all end: each runs, or says clearly why not; and the engine leaves nothing behind when it is back', async () => {
    const { stack, person, servers } = scene;
    const [killed] = servers;
    if (killed === undefined) throw new Error('no server');
    // The engines are to be full of people’s workspaces alone, but for what is ready now.
    const creating = createAtOnce(person, CREATIONS, END_TIMEOUT_MS);
    await changeSettings(stack, { warm_pool_size: 0 });
    await untilCount(
      `select count(*) from workspace where ran_at is not null`,
      (ran) => ran >= IN_THE_MIDDLE,
    );
    const there = `select count(*) from workspace where server_id = '${killed.id}' and ran_at`;
    const [stay, leave] = [await count(`${there} is not null`), await count(`${there} is null`)];
    await killed.server.kill();
    const ended = await creating;
    const tally = Object.groupBy(ended, ({ status }) => status);
    console.log(
      `burst: ${leave} had their engine killed before they ran, ${stay} after; ` +
        Object.entries(tally)
          .map(([status, list]) => `${list?.length} ${status}`)
          .join(', '),
    );
    for (const { status, reason } of ended) {
      if (status !== 'running') expect(reason).toMatch(CLEAR);
    }
    // One of those that were about to run there may have run before the engine was gone.
    expect(tally.running?.length ?? 0).toBeGreaterThanOrEqual(Math.min(CREATIONS, ROOM) - stay - leave);
    expect(await count('select count(*) from leftover')).toBeGreaterThan(0);

    await killed.server.start();
    await expect.poll(() => orphansOf(scene), { timeout: ORPHANS_GONE_WITHIN_MS, interval: 500 }).toEqual([]);

    await Promise.all(ended.map(({ id }) => id !== undefined && deleted(id)));
    await untilCount(`select count(*) from workspace where status <> 'deleted'`, (left) => left === 0);
    await untilCount('select count(*) from pool_slot', (left) => left === 0);
    expect(await orphansOf(scene)).toEqual([]);
    const held = 'reserved_cpu > 0 or reserved_memory_mb > 0 or lease_token is not null';
    expect(await count(`select count(*) from workspace where ${held}`)).toBe(0);
  });
});
