import { randomUUID } from 'node:crypto';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { createLogger } from '@podex/service-kit/logger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cpuSeconds, isFrozen } from '../../../../tests/stack/control-groups.ts';
import { LocalFixture } from '../../testing/local-fixture.ts';
import { loadConfig } from '../config.ts';
import type { Engine } from '../docker/engine.ts';
import { Freezers } from './freezers.ts';

const links = { rest: () => undefined, wake: () => undefined };
const logger = createLogger({ service: 'compute', level: 'fatal' });
const FAR_MS = 20_000;
/** Of this run alone: it is removed, and nobody else may keep it. */
const HELPER = `podex-freezer-test-${randomUUID()}`;

let local: LocalFixture;
let id: WorkspaceId;
let containerId: string;
/** As two computes have them. */
let one: { freezers: Freezers; engine: Engine };
let other: { freezers: Freezers; engine: Engine };

async function freezersOfACompute() {
  const settings = loadConfig(local.compute.environment).containers;
  const freezers = new Freezers({ settings, links, logger, helperName: HELPER });
  const engine = freezers.guard(local.engine);
  const check = await freezers.check(local.engine.identity.serverId, new AbortController().signal);
  expect(check).toEqual({ name: 'freezer', ok: true, detail: 'Containers that rest can be frozen.' });
  return { freezers, engine };
}

const place = () => ({ serverId: local.engine.identity.serverId, containerId });
const frozen = () => expect.poll(() => isFrozen(containerId), { timeout: FAR_MS });

/** A sandbox in which nothing was released before. */
async function makeFresh(): Promise<void> {
  id = await local.create();
  containerId = (await local.containerOf(id)).id;
}

async function asRoot(line: string): Promise<string> {
  const stream = await local.engine.openExec(containerId, ['/bin/sh', '-c', line]);
  let output = '';
  stream?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  await new Promise((resolve) => stream?.once('close', resolve));
  return output;
}

beforeAll(async () => {
  local = await LocalFixture.start();
  one = await freezersOfACompute();
  other = await freezersOfACompute();
}, 120_000);

beforeEach(async () => {
  await makeFresh();
}, 60_000);

afterAll(async () => {
  one?.freezers.close();
  other?.freezers.close();
  await local?.engine.containers.remove(HELPER);
  await local?.stop();
}, 60_000);

describe('a container that is frozen', { timeout: 120_000 }, () => {
  it('uses nothing, goes on where it was, and is paused to all who look', async () => {
    await local.compute.client.command(id, newId('command'), {
      command: 'while :; do :; done',
      background: true,
    });
    await one.freezers.rest(place());
    expect(await isFrozen(containerId)).toBe(true);
    const before = await cpuSeconds(containerId);
    for (let look = 0; look < 100; look += 1) {
      expect((await other.engine.containers.find(containerId))?.state).toBe('paused');
    }
    expect(await cpuSeconds(containerId)).toBe(before);
    const listed = await other.engine.containers.list('podex.workspace=true');
    expect(listed.find((container) => container.id === containerId)?.state).toBe('paused');
    await other.freezers.wake(place(), { isReleased: false });
    expect(await isFrozen(containerId)).toBe(false);
    await expect.poll(() => cpuSeconds(containerId), { timeout: FAR_MS }).toBeGreaterThan(before);
  });

  it('is not frozen again by one who comes late, once another has released it', async () => {
    await one.freezers.rest(place());
    await Promise.all([
      other.freezers.wake(place(), { isReleased: true }),
      ...Array.from({ length: 20 }, () => one.freezers.rest(place())),
    ]);
    expect(await isFrozen(containerId)).toBe(false);
    await one.freezers.rest(place());
    expect(await isFrozen(containerId)).toBe(false);
    // Its owner still can, as often as they like.
    await one.engine.containers.pause(containerId);
    expect(await isFrozen(containerId)).toBe(true);
    await other.engine.containers.unpause(containerId);
    expect(await isFrozen(containerId)).toBe(false);
  });

  it('ends at once when it is told to, and is removed', async () => {
    await one.freezers.rest(place());
    await other.engine.containers.stop(containerId, 10);
    expect((await local.engine.containers.find(containerId))?.state).toBe('exited');
    await makeFresh();
    await one.freezers.rest(place());
    await other.engine.containers.remove(containerId);
    expect(await local.engine.containers.find(containerId)).toBeUndefined();
  });

  it('is thawed when nobody is left who could', async () => {
    const [first, second] = [await freezersOfACompute(), await freezersOfACompute()];
    await local.engine.containers.remove(HELPER);
    await first.freezers.check(place().serverId, new AbortController().signal);
    await second.freezers.check(place().serverId, new AbortController().signal);
    await first.freezers.rest(place());
    first.freezers.close();
    expect((await second.engine.containers.find(containerId))?.state).toBe('paused');
    second.freezers.close();
    await frozen().toBe(false);
  });

  it('is found and thawed by a compute after its helper was killed and removed', async () => {
    await one.freezers.rest(place());
    await local.engine.containers.remove(HELPER);
    expect(await isFrozen(containerId)).toBe(true);
    const next = await freezersOfACompute();
    expect((await next.engine.containers.find(containerId))?.state).toBe('paused');
    await next.engine.containers.unpause(containerId);
    expect(await isFrozen(containerId)).toBe(false);
    next.freezers.close();
    // One whose connection was cut with it opens another.
    await one.engine.containers.pause(containerId);
    expect(await isFrozen(containerId)).toBe(true);
    await one.engine.containers.unpause(containerId);
  });

  it('cannot freeze itself, nor hold itself thawed, as root inside', async () => {
    const files =
      'find / -xdev "(" -name "*freez*" -o -name "cgroup.*" ")" -not -path "/proc/[0-9]*" 2>/dev/null';
    const write = (word: string, digit: number) =>
      `for f in $(${files}) $(find /tmp/groups 2>/dev/null); do echo ${word} >$f; echo ${digit} >$f; done 2>/dev/null`;
    const mount =
      'mkdir -p /tmp/groups; mount -t cgroup -o freezer none /tmp/groups; mount -t cgroup2 none /tmp/groups';
    const attack = `{ ${mount}; } 2>/dev/null; ${write('FROZEN', 1)}; echo tried`;
    expect(await asRoot(attack)).toBe('tried\n');
    expect(await isFrozen(containerId)).toBe(false);
    const holding = await local.engine.openExec(containerId, [
      '/bin/sh',
      '-c',
      `while :; do ${write('THAWED', 0)}; echo held; done`,
    ]);
    // An engine that is just starting a program waits for it, and all who ask about the container wait for the engine.
    await new Promise((resolve) => holding?.once('data', resolve));
    await one.freezers.rest(place());
    const before = await cpuSeconds(containerId);
    for (let look = 0; look < 100; look += 1) await other.engine.containers.find(containerId);
    expect(await isFrozen(containerId)).toBe(true);
    expect(await cpuSeconds(containerId)).toBe(before);
    await one.freezers.wake(place(), { isReleased: true });
    holding?.destroy();
  });

  it('is nothing else than a container: no other name reaches the server’s control groups', async () => {
    for (const name of ['../docker', '..', 'docker', `${containerId}/..`, randomUUID(), '']) {
      await one.freezers.rest({ ...place(), containerId: name });
    }
    expect(await isFrozen(containerId)).toBe(false);
    expect(await local.compute.client.run(id, 'echo alive')).toBe('alive\n');
  });
});
