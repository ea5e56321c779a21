import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { diskUse, growsTo } from '@podex/contracts/disk';
import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFixture } from '../../testing/local-fixture.ts';
import { containerName } from '../workspaces/container-spec.ts';

/** Of size small. */
const DISK_BYTES = 10 * 1_073_741_824;

let fixture: LocalFixture;
let id: WorkspaceId;
let folder: string;
let image: string;

function run(command: string): Promise<string> {
  return fixture.compute.client.run(id, command);
}

async function want(desired: 'running' | 'stopped' | 'deleted', size: 'small' | 'medium' = 'small') {
  fixture.compute.api.want(id, { desired_status: desired, size });
  return fixture.compute.api.untilSettled(id, 60_000);
}

/** Compute asks for what api has when it hears of a server that it does not know. */
async function readSettings(): Promise<void> {
  await fixture.compute.client.ask(`/servers/${newId('server')}/check`, { method: 'POST' });
}

function mountsOf(path: string): string {
  return execFileSync('findmnt', ['--noheadings', '--output', 'FSTYPE,OPTIONS', '--mountpoint', path], {
    encoding: 'utf8',
  });
}

beforeAll(async () => {
  fixture = await LocalFixture.start();
  id = await fixture.create();
  const { storage_key: key } = fixture.compute.api.task(id);
  folder = `${fixture.compute.storage}/${key}`;
  image = `${fixture.compute.storage}/.podex/disks/${key}.img`;
}, 120_000);

afterAll(async () => fixture?.stop());

describe('the disk of a workspace', { timeout: 120_000 }, () => {
  it('is what the server was found to offer', () => {
    const observation = fixture.compute.api.serverObservations.get(fixture.server)?.at(-1);
    expect(observation?.facts?.quota).toContain('loop');
    expect(observation?.checks.find(({ name }) => name === 'quota')).toMatchObject({ ok: true });
    expect(observation?.checks.find(({ name }) => name === 'quota')?.warning).toBeUndefined();
  });

  it('is a file system of its size, of which the server gives what is used', async () => {
    expect(mountsOf(folder)).toMatch(/^ext4 .*nosuid.*nodev/);
    expect(statSync(image).size).toBe(DISK_BYTES);
    expect(statSync(image).blocks * 512).toBeLessThan(DISK_BYTES / 100);
    const kilobytes = Number(await run("df -Pk ~ | awk 'END { print $2 }'"));
    expect(kilobytes).toBeGreaterThan((DISK_BYTES / 1024) * 0.95);
    expect(kilobytes).toBeLessThan(DISK_BYTES / 1024);
  });

  it('says how full it is, in bytes and files, as programs in it see it', async () => {
    const see = async () => diskUse.parse(await (await fixture.compute.client.inside(id, '/disk')).json());
    const before = await see();
    expect(before).toMatchObject({ is_limited: true });
    expect(before.total_bytes).toBeGreaterThan(DISK_BYTES * 0.95);
    expect(growsTo(before, 'small')).toBeUndefined();
    expect(growsTo(before, 'medium')).toBe(20);
    await run('fallocate -l 1G big; touch one two three');
    const after = await see();
    expect(after.used_bytes - before.used_bytes).toBeGreaterThanOrEqual(1_073_741_824);
    expect(after.used_files - before.used_files).toBeGreaterThanOrEqual(4);
    expect(after.total_files).toBeGreaterThan(600_000);
    await run('rm big one two three');
  });

  it('takes no more than that, says so, and goes on', async () => {
    // What is allocated counts, whether written or not.
    const output = await run(
      'fallocate -l 11G big 2>&1; echo "ended $?"; rm big; echo small > note && cat note',
    );
    expect(output).toContain('No space left on device');
    expect(output).toMatch(/ended 1\nsmall\n$/);
  });

  it('takes no more files than it has room for', async () => {
    const inodes = Number(await run("df -Pi ~ | awk 'END { print $2 }'"));
    expect(inodes).toBeLessThanOrEqual(655_360);
    expect(inodes).toBeGreaterThan(600_000);
  });

  it('is mounted again after the server was started again, and keeps its files', async () => {
    await want('stopped');
    execFileSync('umount', [folder]);
    await want('running');
    expect(await run('cat note')).toBe('small\n');
    expect(mountsOf(folder)).toMatch(/^ext4/);
  });

  it('is never replaced by an empty folder when its container is started by hand', async () => {
    await want('stopped');
    execFileSync('umount', [folder]);
    const { id: container } = await fixture.containerOf(id);
    await expect(fixture.engine.containers.start(container)).rejects.toThrow('home');
    expect(readdirSync(folder)).toEqual([]);
    await want('running');
    expect(await run('cat note')).toBe('small\n');
  });

  it('is repaired when it was not closed properly', async () => {
    await want('stopped');
    execFileSync('umount', [folder]);
    // The mark of a file system with errors, and a free count that is wrong.
    execFileSync('debugfs', ['-w', '-R', 'ssv state 2', image], { stdio: 'ignore' });
    execFileSync('debugfs', ['-w', '-R', 'ssv free_blocks_count 7', image], { stdio: 'ignore' });
    await want('running');
    expect(await run('cat note')).toBe('small\n');
    expect(execFileSync('dumpe2fs', ['-h', image], { encoding: 'utf8', stdio: 'pipe' })).not.toContain(
      'with errors',
    );
  });

  it('grows with the size, and keeps its files', async () => {
    fixture.compute.api.want(id, { desired_status: 'stopped', size: 'medium' });
    await fixture.compute.api.untilSettled(id, 60_000);
    await want('running', 'medium');
    expect(Number(await run("df -Pk ~ | awk 'END { print $2 }'"))).toBeGreaterThan((1.9 * DISK_BYTES) / 1024);
    expect(await run('cat note')).toBe('small\n');
  });

  it('goes with its workspace', async () => {
    await want('deleted', 'medium');
    expect(existsSync(image)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(`${fixture.compute.storage}/.podex/disks`)).toEqual(['probe.lock']);
  });
});

describe('files that were there before disks were limited', { timeout: 120_000 }, () => {
  it('stay as they are', async () => {
    const settings = { ...fixture.compute.api.settings };
    fixture.compute.api.settings = { ...settings, disk_limits: 'off' };
    await readSettings();
    id = await fixture.create();
    const { storage_key: key } = fixture.compute.api.task(id);
    await run('echo old > note');
    await want('stopped');
    fixture.compute.api.settings = settings;
    await readSettings();
    await fixture.engine.containers.remove(containerName(id));
    await want('running');
    expect(await run('cat note')).toBe('old\n');
    expect(existsSync(`${fixture.compute.storage}/.podex/disks/${key}.img`)).toBe(false);
    await want('deleted');
    expect(existsSync(`${fixture.compute.storage}/${key}`)).toBe(false);
  });
});
