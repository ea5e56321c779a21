import { execFileSync } from 'node:child_process';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFixture } from '../../testing/local-fixture.ts';

const TRIES = 25;
const MAX_SLOWER = 2;
/** Of a machine on which other things run: what a command takes varies by so much by itself. */
const NOISE_MS = 40;
/** A burst of other work on the machine must not count as the hog’s. */
const ROUNDS = 4;
const ENDED_TIMEOUT_MS = 90_000;

let fixture: LocalFixture;
let neighbour: WorkspaceId;
let quietMs: number;

beforeAll(async () => {
  fixture = await LocalFixture.start();
  neighbour = await fixture.create({ name: 'neighbour' });
  quietMs = await commandMs();
}, 180_000);

afterAll(async () => fixture?.stop());

/** What a command of the neighbour takes, half of the time. */
async function commandMs(): Promise<number> {
  const taken: number[] = [];
  for (let count = 0; count < TRIES; count += 1) {
    const startedAt = performance.now();
    await fixture.compute.client.run(neighbour, 'true');
    taken.push(performance.now() - startedAt);
  }
  return taken.sort((one, other) => one - other)[Math.floor(TRIES / 2)] ?? Number.POSITIVE_INFINITY;
}

/** As long as the machine itself became slower, so does what is compared with. */
async function expectNeighbourUndisturbed(): Promise<void> {
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const busyMs = await commandMs();
    measured.push(Math.round(busyMs));
    if (busyMs <= MAX_SLOWER * quietMs + NOISE_MS) return;
  }
  expect.fail(`commands took ${measured.join(', ')} ms, and ${Math.round(quietMs)} before`);
}

/** It runs on while the neighbour is looked at. */
async function begin(id: WorkspaceId, line: string): Promise<void> {
  await fixture.compute.client.command(id, newId('command'), { command: line, background: true });
}

async function remove(id: WorkspaceId): Promise<void> {
  fixture.compute.api.want(id, { desired_status: 'deleted' });
  expect(await fixture.compute.api.untilSettled(id, ENDED_TIMEOUT_MS)).toMatchObject({ status: 'deleted' });
}

function diskOf(id: WorkspaceId) {
  const { storage_key: key } = fixture.compute.api.task(id);
  const { storage } = fixture.compute;
  return { folder: `${storage}/${key}`, image: `${storage}/.podex/disks/${key}.img` };
}

describe('the neighbour of', { timeout: 240_000 }, () => {
  it('a fork bomb goes on as before, and the bomb goes no further than its limit', async () => {
    const id = await fixture.create({ name: 'bomb' });
    await begin(id, 'bomb() { bomb | bomb & }; bomb; sleep 600');
    await expectNeighbourUndisturbed();
    const { id: container } = await fixture.containerOf(id);
    const pids = execFileSync(
      'sh',
      ['-c', `cat $(find /sys/fs/cgroup -path "*${container}*" -name pids.current | head -n 1)`],
      {
        encoding: 'utf8',
      },
    );
    expect(Number(pids)).toBeLessThanOrEqual(8192);
    await remove(id);
  });

  it('a memory hog goes on as before, and the hog is named', async () => {
    const id = await fixture.create({ name: 'hog' });
    const { client } = fixture.compute;
    const hog = client.command(id, newId('command'), {
      command: `python3 -c 'kept = []\nwhile True: kept.append(b"x" * 33_554_432)'`,
      background: false,
    });
    await expectNeighbourUndisturbed();
    // Only the one that asked for too much is ended, or all of the workspace, which starts again and says so.
    const ended = await hog.catch(() => undefined);
    expect(ended?.exit_code).not.toBe(0);
    const named = async () => {
      const metrics = await (await client.metrics()).text();
      return /podex_out_of_memory_total\{server="local"[^}]*\} [1-9]/.test(metrics) ? true : undefined;
    };
    expect(await waitUntil(named, { timeoutMs: ENDED_TIMEOUT_MS, everyMs: 100 })).toBe(true);
    await remove(id);
  });

  it('a disk filler goes on as before, and the filler has what is its own', async () => {
    const id = await fixture.create({ name: 'filler' });
    await begin(id, 'while :; do head -c 300000000 /dev/zero > written; done');
    await expectNeighbourUndisturbed();
    const { client } = fixture.compute;
    expect(await client.run(id, 'fallocate -l 11G large 2>&1; true')).toContain('No space left on device');
    expect(await client.run(neighbour, 'head -c 1000000 /dev/zero > note && stat -c %s note')).toBe(
      '1000000\n',
    );
    // In memory, of which it has its own.
    expect(
      await client.run(id, 'head -c 2G /dev/zero 2>&1 > /tmp/large; stat -c %s /tmp/large; rm /tmp/large'),
    ).toMatch(/No space left on device\n1073741824\n$/);
    await remove(id);
  });

  it('one that makes files without end goes on as before, and they have an end', async () => {
    const id = await fixture.create({ name: 'files' });
    fixture.compute.api.want(id, { desired_status: 'stopped' });
    await fixture.compute.api.untilSettled(id, ENDED_TIMEOUT_MS);
    const { folder, image } = diskOf(id);
    // As its own disk, but for the number of files, which would take minutes.
    execFileSync('umount', [folder]);
    execFileSync('mkfs.ext4', ['-q', '-F', '-m', '0', '-N', '20000', image]);
    fixture.compute.api.want(id, { desired_status: 'running' });
    await fixture.compute.api.untilSettled(id, ENDED_TIMEOUT_MS);
    const line = `mkdir many; cd many; python3 -c 'import itertools\nfor n in itertools.count(): open(str(n), "w").close()' 2>../said`;
    const { client } = fixture.compute;
    const filling = client.run(id, `${line}; tail -n 1 ../said; ls | wc -l`);
    await expectNeighbourUndisturbed();
    const output = await filling;
    expect(output).toContain('No space left on device');
    expect(Number(output.trim().split('\n').at(-1))).toBeLessThanOrEqual(20_500);
    await remove(id);
  });
});
