import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const PROGRAM = path.join(import.meta.dirname, 'disk-program.sh');
/** Of a server that has all of it; each writes down how it was called. */
const PROGRAMS = [
  'xfs_quota',
  'chattr',
  'setquota',
  'mkfs.ext4',
  'mount',
  'umount',
  'e2fsck',
  'resize2fs',
  'losetup',
];

let storage: string;
let programs: string;
let calls: string;

beforeEach(() => {
  storage = temporaryFolder('disks');
  programs = temporaryFolder('programs');
  calls = path.join(programs, 'calls');
  for (const name of PROGRAMS) program(name, '');
  // Nothing is mounted but the storage.
  program('findmnt', 'case "$*" in *--target*) echo /mnt/data ;; *) exit 1 ;; esac');
});

function program(name: string, script: string): void {
  const text = `#!/bin/sh\necho "${name} $*" >>"${calls}"\n${script}\n`;
  writeFileSync(path.join(programs, name), text, { mode: 0o755 });
}

function ask(...requests: string[]): string[] {
  return requests.map((request) =>
    execFileSync('/bin/sh', [PROGRAM, storage], {
      input: `7 ${request}\n`,
      encoding: 'utf8',
      env: { PATH: `${programs}:/usr/bin:/bin` },
    }).trim(),
  );
}

/** Without those that only look. */
function changes(): string[] {
  const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => !line.startsWith('findmnt')).map((line) => line.replaceAll(storage, '/s'));
}

describe('disk-program.sh', () => {
  it('makes a project of its own for each workspace on XFS, and sets its limit again for another size', () => {
    expect(
      ask('prepare a own 10 655360 xfs', 'prepare b own 20 1310720 xfs', 'prepare a own 40 2621440 xfs'),
    ).toEqual(['7 0 limited', '7 0 limited', '7 0 limited']);
    expect(changes()).toEqual([
      'xfs_quota -x -c project -s -p /s/a 2000000 -c limit -p bhard=10485760k ihard=655360 2000000 /mnt/data',
      'xfs_quota -x -c project -s -p /s/b 2000001 -c limit -p bhard=20971520k ihard=1310720 2000001 /mnt/data',
      'xfs_quota -x -c project -s -p /s/a 2000000 -c limit -p bhard=41943040k ihard=2621440 2000000 /mnt/data',
    ]);
    expect(readdirSync(`${storage}/a`)).toEqual(['home', 'state']);
  });

  it('does the same on ext4', () => {
    expect(ask('prepare a own 10 655360 ext4')).toEqual(['7 0 limited']);
    expect(changes()).toEqual([
      'chattr -p 2000000 +P /s/a',
      'setquota -P 2000000 0 10485760 0 655360 /mnt/data',
    ]);
  });

  it('carries the project of a copy over to the workspace', () => {
    expect(ask('prepare a incoming 10 655360 xfs', 'keep a incoming 0 0 none')).toEqual([
      '7 0 limited',
      '7 0 unlimited',
    ]);
    expect(readdirSync(`${storage}/.podex/disks`).filter((name) => name.endsWith('.project'))).toEqual([
      'a.project',
    ]);
  });

  it('makes an image of the wanted size and number of files, and mounts it', () => {
    ask('prepare a own 10 655360 loop');
    expect(changes()).toEqual([
      'mkfs.ext4 -q -F -m 0 -N 655360 -J size=16 -E lazy_journal_init=1 /s/.podex/disks/a.img.new',
      'mount -t ext4 -o loop,nodev,nosuid,noatime,discard /s/.podex/disks/a.img /s/a',
    ]);
  });

  it('leaves files without a limit as they are', () => {
    mkdirSync(`${storage}/a/home`, { recursive: true });
    writeFileSync(`${storage}/a/home/note`, 'kept');
    expect(ask('prepare a own 10 655360 loop')).toEqual(['7 0 unlimited']);
    expect(changes()).toEqual([]);
    expect(readFileSync(`${storage}/a/home/note`, 'utf8')).toBe('kept');
  });

  it('says why something did not work, in one line, and leaves no half disk', () => {
    program('mkfs.ext4', 'echo one; echo two; exit 1');
    expect(ask('prepare a own 10 655360 loop')).toEqual(['7 1 one two']);
    expect(existsSync(`${storage}/.podex/disks/a.img`)).toBe(false);
    expect(existsSync(`${storage}/a`)).toBe(false);
  });

  it('grows a disk, and finishes what was broken off', () => {
    ask('prepare a own 10 655360 loop');
    rmSync(calls);
    program('resize2fs', 'echo no; exit 1');
    expect(ask('prepare a own 20 655360 loop')).toEqual(['7 1 no']);
    program('resize2fs', '');
    expect(ask('prepare a own 20 655360 loop', 'prepare a own 20 655360 loop')).toEqual([
      '7 0 limited',
      '7 0 limited',
    ]);
    expect(changes().filter((line) => line.startsWith('resize2fs'))).toEqual([
      'resize2fs /s/.podex/disks/a.img',
      'resize2fs /s/.podex/disks/a.img',
    ]);
    expect(statSync(`${storage}/.podex/disks/a.img`).size).toBe(20 * 2 ** 30);
  });

  it('changes no file system that something still uses', () => {
    ask('prepare a own 10 655360 loop');
    rmSync(calls);
    program('losetup', `[ -e "${programs}/free" ] || echo "/dev/loop3: a.img"`);
    program('sleep', `touch "${programs}/free"`);
    expect(ask('prepare a own 20 655360 loop')).toEqual(['7 0 limited']);
    const order = changes().filter((line) => /^(sleep|resize2fs)/.test(line));
    expect(order).toEqual(['sleep 0.1', 'resize2fs /s/.podex/disks/a.img']);
  });

  it('refuses a file system that cannot be repaired', () => {
    ask('prepare a own 10 655360 loop');
    program('e2fsck', 'echo broken; exit 4');
    expect(ask('prepare a own 10 655360 loop')).toEqual([
      expect.stringMatching(/^7 1 .*is damaged: broken$/),
    ]);
  });

  it('tells a copy that would take the place of other files', () => {
    ask('prepare a own 1 65536 loop', 'prepare a incoming 1 65536 loop');
    expect(ask('keep a incoming 0 0 none')).toEqual(['7 1 There are other files in its place.']);
  });

  it('removes disks at once, and says when folders are left', () => {
    ask('prepare a own 1 65536 loop');
    // Without a real mount the folders lie below it.
    expect(ask('remove a own 0 0 none')).toEqual(['7 0 unlimited']);
    expect(readdirSync(`${storage}/.podex/disks`)).toEqual([]);
    expect(ask('remove b own 0 0 none')).toEqual(['7 0 removed']);
  });

  it('finds out that a driver is not for this server, and what is missing', () => {
    const [xfs] = ask('probe none own 0 0 xfs');
    expect(xfs).toMatch(/^7 3/);
    rmSync(path.join(programs, 'mkfs.ext4'));
    const [bare] = ask('probe none own 0 0 loop');
    expect(bare).toBe('7 3 mkfs.ext4 is not installed');
  });

  it('does not take a limit that lets more be written', () => {
    // Nothing is mounted, so nothing is limited.
    expect(ask('probe none own 0 0 loop')).toEqual(['7 1 More was written than the limit.']);
    expect(existsSync(`${storage}/.podex/probe-disk`)).toBe(false);
  });
});
