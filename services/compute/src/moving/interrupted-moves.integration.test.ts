import { readFileSync } from 'node:fs';
import type { MoveId, ServerId, WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../../tests/stack/free-port.ts';
import { ServiceProcess } from '../../../../tests/stack/service-process.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { ApiDouble } from '../../testing/api-double.ts';
import { computeEnvironment } from '../../testing/compute-fixture.ts';
import { MovingFixture } from '../../testing/moving-fixture.ts';

/** Short, so that the next compute need not wait long for what the killed one had taken. */
const LEASE_MS = 4_000;
const END_TIMEOUT_MS = 90_000;
const STEPS = ['choose', 'clear', 'copy', 'keep', 'report', 'switch', 'clean'];
const FILES =
  'cd "$1/home" && head -c 150000000 /dev/urandom > large && mkdir -p a/b && echo kept > a/b/c && ln -s ../../.. a/up';

let testbed: Testbed;
let api: ApiDouble;
let compute: ServiceProcess;
let fixture: MovingFixture;

beforeAll(async () => {
  testbed = await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 });
  api = await ApiDouble.start();
  const port = await freePort();
  const storage = testbed.servers[0]?.storagePath ?? '';
  compute = new ServiceProcess({
    name: 'compute',
    command: ['node', 'services/compute/src/main.ts'],
    environment: { ...computeEnvironment(api, storage), PORT: String(port), LOG_LEVEL: 'info' },
    healthUrl: `http://127.0.0.1:${port}/health`,
    logDirectory: temporaryFolder('log'),
  });
  await compute.start();
  fixture = await MovingFixture.start(testbed, api);
}, 180_000);

afterAll(async () => {
  await compute?.stop();
  await api?.stop();
  await testbed?.stop();
});

/** What compute said of a move, across all of its lives. */
function said(move: MoveId): string[] {
  return readFileSync(compute.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(move) && line.includes('"move.step"'));
}

async function untilStep(move: MoveId, step: string): Promise<void> {
  const seen = async () => (said(move).some((line) => line.includes(`"step":"${step}"`)) ? true : undefined);
  await waitUntil(seen, { timeoutMs: END_TIMEOUT_MS, everyMs: 5 });
}

async function untilBytes(move: MoveId, bytes: number): Promise<void> {
  const seen = async () =>
    (api.moves.find(move).progress.at(-1)?.bytes_done ?? 0) > bytes ? true : undefined;
  await waitUntil(seen, { timeoutMs: END_TIMEOUT_MS, everyMs: 5 });
}

async function restart(): Promise<void> {
  await compute.kill();
  await compute.start();
}

/** One copy that counts, whole, and no other. */
async function expectOneGoodCopy(id: WorkspaceId, move: MoveId, before: string): Promise<void> {
  await api.moves.untilEnded(move, END_TIMEOUT_MS);
  expect(await fixture.look(id)).toBe(before);
  expect(fixture.foldersBeside(id)).toEqual([]);
  expect(await fixture.containersLeft()).toEqual([]);
}

describe('a move that is interrupted', { timeout: 600_000 }, () => {
  let id: WorkspaceId;
  let before: string;

  beforeAll(async () => {
    id = await fixture.create();
    await fixture.stop(id);
    await fixture.enter(id, FILES);
    before = await fixture.look(id);
  }, 120_000);

  it.each(STEPS)('by the death of compute at “%s”, is finished by the next one', async (step) => {
    const target = fixture.otherOf(id);
    const move = api.moves.add(id, target, LEASE_MS);
    await untilStep(move, step);
    await restart();
    await expectOneGoodCopy(id, move, before);
    expect(api.moves.find(move).outcome).toBe('done');
    expect(api.task(id).server_id).toBe(target);
  });

  it('by the death of compute among the bytes, is begun again', async () => {
    const move = api.moves.add(id, fixture.otherOf(id), LEASE_MS);
    await untilBytes(move, 1_000_000);
    await restart();
    await expectOneGoodCopy(id, move, before);
    expect(api.moves.find(move).outcome).toBe('done');
  });

  it('by its cancellation among the bytes, leaves nothing of the copy', async () => {
    const source: ServerId | null = api.task(id).server_id;
    const move = api.moves.add(id, fixture.otherOf(id));
    await untilBytes(move, 1_000_000);
    api.moves.cancel(move);
    await expectOneGoodCopy(id, move, before);
    expect(api.task(id).server_id).toBe(source);
  });

  it('by a cut of the server that it leaves, goes on when that is back', async () => {
    const server = fixture.serverOf(id);
    const move = api.moves.add(id, fixture.otherOf(id));
    await untilBytes(move, 1_000_000);
    await server.cut();
    await waitUntil(async () => (api.moves.find(move).ends.length > 0 ? true : undefined), {
      timeoutMs: END_TIMEOUT_MS,
      everyMs: 50,
    });
    expect(api.moves.find(move).ends[0]).toMatchObject({ result: 'again' });
    await server.heal();
    await expectOneGoodCopy(id, move, before);
    expect(api.moves.find(move).outcome).toBe('done');
  });

  it('by a full disk, stays where it is, says so, and gives the room back', async () => {
    const source = api.task(id).server_id;
    const target = fixture.otherServerOf(id);
    // Room for a part of it, on a disk of its own below the folder that copies are put together in.
    const folder = `${target.storagePath}/.podex`;
    await target.enter([
      'bash',
      '-c',
      'cp "$1/resolv.conf" /tmp/kept-resolv.conf; mount -t tmpfs -o size=40m tmpfs "$1" && cp /tmp/kept-resolv.conf "$1/resolv.conf"',
      'script',
      folder,
    ]);
    const move = api.moves.add(id, fixture.otherOf(id));
    const ended = await api.moves.untilEnded(move, END_TIMEOUT_MS);
    expect(ended).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^(The disk of ws-\d is full|There is no room for the files on ws-\d)/),
    });
    expect((await target.enter(['find', `${folder}/disks`, '-name', '*.img*'])).trim()).toBe('');
    expect((await target.enter(['bash', '-c', 'ls "$1"', 'script', folder])).trim()).toBe(
      'disks\nresolv.conf',
    );
    await target.enter(['umount', folder]);
    expect(api.task(id).server_id).toBe(source);
    expect(await fixture.look(id)).toBe(before);
  });

  it('by somebody who writes into it, is not taken for whole', async () => {
    const move = api.moves.add(id, fixture.otherOf(id));
    await untilBytes(move, 1_000_000);
    await fixture.enter(id, 'echo changed > "$1/home/.bashrc"');
    const again = async () => api.moves.find(move).ends.find(({ result }) => result === 'again');
    const end = await waitUntil(again, { timeoutMs: END_TIMEOUT_MS, everyMs: 20 });
    expect(end.reason).toMatch(/changed/);
    await api.moves.untilEnded(move, END_TIMEOUT_MS);
    expect(await fixture.enter(id, 'cat "$1/home/.bashrc"')).toContain('changed');
  });
});
