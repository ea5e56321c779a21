import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';

const PROGRAM = path.join(import.meta.dirname, 'disk-program.sh');
const LARGE_BYTES = 150_000_000;

let storage: string;

beforeAll(() => {
  storage = path.join(temporaryFolder('full'), 'storage');
  execFileSync('mkdir', [storage]);
  // Room for an empty disk, and for a part of what is written.
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', storage]);
});

afterAll(() => {
  ask('remove a own 0 0 none');
});

function ask(request: string): string {
  const options = { input: `7 ${request}\n`, encoding: 'utf8' } as const;
  return execFileSync('/bin/sh', [PROGRAM, storage], options).trim();
}

describe('a copy on a server whose disk is full', () => {
  it('is not kept, although its own disk seemed to take all of it', () => {
    expect(ask('prepare a incoming 1 65536 loop')).toBe('7 0 limited');
    writeFileSync(`${storage}/.podex/incoming-a/large`, Buffer.alloc(LARGE_BYTES, 'x'));
    expect(ask('keep a incoming 0 0 none')).toMatch(/^7 1 No space left on device/);
    expect(existsSync(`${storage}/.podex/disks/a.img`)).toBe(false);
  });
});
