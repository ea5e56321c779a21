import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { findUnusable } from './find-unusable.ts';

const STRANGER = {
  name: 'stranger',
  uid: 65_533,
  gid: 65_533,
  home: '/nonexistent',
  groups: [],
  bindsLowPort: false,
};
const GROUP = 65_532;

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('unusable', '/var/tmp');
  chmodSync(folder, 0o755);
});

function makeFile(name: string, mode: number): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, '');
  chmodSync(file, mode);
  return file;
}

describe.runIf(process.getuid?.() === 0)('what a user cannot use', () => {
  it('is nothing where everybody may read', async () => {
    const reads = [makeFile('open/file', 0o644), '/bin/sh'];
    expect(await findUnusable(STRANGER, { reads, writes: [] })).toBeUndefined();
  });

  it('is the uppermost folder that it cannot pass, else the file', async () => {
    const below = makeFile('closed/deep/file', 0o644);
    chmodSync(path.join(folder, 'closed'), 0o700);
    const secret = makeFile('secret', 0o600);
    expect(await findUnusable(STRANGER, { reads: [below], writes: [] })).toBe(`read ${folder}/closed`);
    expect(await findUnusable(STRANGER, { reads: [secret], writes: [] })).toBe(`read ${secret}`);
  });

  it('is what it may not write, unless a group of its may', async () => {
    const file = makeFile('socket', 0o660);
    chownSync(file, 0, GROUP);
    expect(await findUnusable(STRANGER, { reads: [], writes: [file] })).toBe(`write ${file}`);
    expect(
      await findUnusable({ ...STRANGER, groups: [GROUP] }, { reads: [], writes: [file] }),
    ).toBeUndefined();
  });
});
