import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RegistryDouble } from '../../../../tests/doubles/registry/registry-double.ts';
import { docker } from '../../../../tests/stack/docker.ts';
import { requireTestEngine } from '../../../../tests/stack/test-engine.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { ImagePulls } from '../engine-jobs/image-pulls.ts';
import { checkImage } from './image-check.ts';

const LAYER_BYTES = 4 * 1024 * 1024;
const STALL_MS = 1_500;

/** A real engine, and a registry of its own for each test. */
describe('the image of a server', () => {
  let engine: Engine;
  let registry: RegistryDouble;
  let reference: string;
  let images: ImagePulls;
  const pulled: string[] = [];
  beforeAll(async () => {
    const address = { kind: 'socket', path: requireTestEngine() } as const;
    engine = await openEngine({ serverId: 'srv', serverName: 'ws-1', address });
  });
  beforeEach(async () => {
    registry = await RegistryDouble.start({ layerBytes: LAYER_BYTES });
    reference = `${registry.host}/podex-test/image:${randomUUID()}`;
    pulled.push(reference);
    images = new ImagePulls({ stallMs: STALL_MS });
  });
  afterEach(() => registry?.stop());
  afterAll(async () => {
    engine?.close();
    // An engine that is busy answers late, and removes them all the same.
    await docker(['image', 'rm', ...pulled]).catch(() => undefined);
  });

  const check = (pullWaitMs = 50) =>
    checkImage({ engine, reference, images, pullWaitMs }, new AbortController().signal);
  /** As the preflight does, again and again; `until` the words are so. */
  const checkUntil = async (until: RegExp) => {
    await expect.poll(async () => (await check()).check.detail, { timeout: 30_000 }).toMatch(until);
  };

  it('is pulled, shows how far that has come, and is there afterwards', async () => {
    images = new ImagePulls();
    registry.layers = 'half';
    await checkUntil(/^Pulling 127\.0\.0\.1:\d+\/podex-test\/image:\S+ … [2-6]\d %\. Wait for it\.$/);
    const { check: on, isPulling } = await check();
    expect([on.ok, isPulling]).toEqual([false, true]);
    expect(on.percent).toBeGreaterThanOrEqual(20);
    expect(on.percent).toBeLessThan(70);
    registry.layers = 'serve';
    registry.release();
    await checkUntil(/ is there\.$| was pulled\.$/);
    expect((await check()).check).toEqual({ name: 'image', ok: true, detail: `${reference} is there.` });
    expect(images.isThere('srv', reference)).toBe(true);
  });

  it('has a plain cause and cure when its registry sends half of it and then nothing', async () => {
    registry.layers = 'half';
    await checkUntil(/ %\. Wait/);
    const { check: failed, isPulling } = await check(20_000);
    expect([failed.ok, isPulling, failed.percent]).toEqual([false, false, undefined]);
    expect(failed.detail).toBe(
      `The image ${reference} is not on ws-1 and cannot be pulled: the registry ${registry.host} has sent nothing for 2 seconds. ` +
        `Check that ${registry.host} works and that ws-1 reaches it. The pull is tried again.`,
    );
    // The next try tells why the last one failed, and succeeds once the registry works.
    expect((await check()).check.detail).toMatch(/^Pulling .* The last try failed: .* has sent nothing/);
    registry.layers = 'serve';
    registry.release();
    await checkUntil(/ is there\.$/);
  });

  it('tells of a pull that failed while nobody waited for it', async () => {
    registry.manifests = 'hang';
    expect((await check(1)).isPulling).toBe(true);
    await checkUntil(
      /^The image \S+ is not on ws-1 and cannot be pulled: .*(has sent nothing for 2 seconds|Timeout|deadline)/i,
    );
  });

  it.each([
    ['has errors', 'manifests', 'broken', /cannot be pulled: received unexpected HTTP status: 500/],
    ['sends other bytes', 'layers', 'wrong', /cannot be pulled: .*(verification failed|digest)/],
  ] as const)('has a plain cause and cure when its registry %s', async (_what, part, behaviour, cause) => {
    registry[part] = behaviour;
    images = new ImagePulls();
    const { check: failed } = await check(20_000);
    expect(failed.detail).toMatch(/^The image \S+ is not on ws-1 and /);
    expect(failed.detail).toMatch(cause);
    expect(failed.detail).toMatch(/Push it to a registry that the server reaches, or build it there\.$/);
  });
});
