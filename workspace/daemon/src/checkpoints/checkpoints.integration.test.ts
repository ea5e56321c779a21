import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import type { Checkpoint } from '@podex/contracts/checkpoints';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createLogger } from '../logging/logger.ts';
import { CHECKPOINT_LIMITS, type CheckpointLimits } from './checkpoint-limits.ts';
import { Checkpoints } from './checkpoints.ts';
import { compare, compareFile } from './comparing.ts';

const logger = createLogger('daemon', { write: () => undefined });
let root: string;
let home: string;
let checkpoints: Checkpoints;

function open(limits: Partial<CheckpointLimits> = {}): Checkpoints {
  const folder = path.join(root, 'store');
  fs.mkdirSync(folder, { recursive: true });
  return new Checkpoints({ folder, homePath: home, limits: { ...CHECKPOINT_LIMITS, ...limits }, logger });
}

beforeEach(() => {
  root = fs.realpathSync(temporaryFolder('checkpoints'));
  home = path.join(root, 'home');
  fs.mkdirSync(path.join(home, 'project'), { recursive: true });
  checkpoints = open();
});

const at = (name: string) => path.join(home, 'project', name);

function write(name: string, content: string | Buffer = `content of ${name}\n`): void {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), content);
}

const take = (input: Partial<Parameters<Checkpoints['create']>[0]> = {}): Promise<Checkpoint> =>
  checkpoints.create({ path: 'project', include_ignored: false, ...input }, undefined);

const compareWithNow = async ({ id }: Checkpoint) => {
  const { changes } = await compare(checkpoints.get(id), 'now', { checkpoints, homePath: home });
  return Object.fromEntries(changes.map((change) => [change.path.slice(at('x').length - 1), change.kind]));
};

/** Everything below a folder, with what tells of any touch. */
function lookAt(folder: string): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const name of fs.readdirSync(folder, { recursive: true }) as string[]) {
    const file = path.join(folder, name);
    const stats = fs.lstatSync(file);
    seen[name] = `${stats.mode} ${stats.mtimeMs} ${stats.isFile() ? fs.readFileSync(file, 'latin1') : ''}`;
  }
  return seen;
}

describe('a checkpoint', () => {
  it('brings back content, modes, links, empty folders and names of any bytes, and takes away what came since', async () => {
    const odd = Buffer.from(`${at('')}/line\nbreak \xff`, 'latin1');
    write('a.txt', 'old\n');
    write('deep/er/b.txt');
    write('run.sh', '#!/bin/sh\n');
    write('empty.txt', '');
    fs.writeFileSync(odd, 'odd');
    fs.chmodSync(at('run.sh'), 0o755);
    fs.mkdirSync(at('empty/folder'), { recursive: true });
    fs.symlinkSync('a.txt', at('link'));
    write('was-folder/x');
    write('was-file');
    const made = await take({ label: 'Before' });
    expect(made).toMatchObject({
      label: 'Before',
      origin: 'person',
      files: 7,
      changes: null,
      skipped_count: 0,
    });

    write('a.txt', 'new and longer\n');
    fs.rmSync(at('deep'), { recursive: true });
    fs.rmSync(odd);
    fs.chmodSync(at('run.sh'), 0o644);
    fs.rmSync(at('empty'), { recursive: true });
    fs.rmSync(at('link'));
    fs.symlinkSync('elsewhere', at('link'));
    fs.rmSync(at('was-folder'), { recursive: true });
    write('was-folder', 'now a file');
    fs.rmSync(at('was-file'));
    write('was-file/now/a/folder');
    write('new/file');
    const inode = fs.statSync(at('a.txt')).ino;

    const before = await checkpoints.restore(made.id, {});
    expect(before.restored).toMatchObject({ problems: [] });
    expect(fs.readFileSync(at('a.txt'), 'utf8')).toBe('old\n');
    expect(fs.statSync(at('a.txt')).ino).toBe(inode);
    expect(fs.readFileSync(at('deep/er/b.txt'), 'utf8')).toBe('content of deep/er/b.txt\n');
    expect(fs.readFileSync(odd, 'utf8')).toBe('odd');
    expect(fs.statSync(at('run.sh')).mode & 0o777).toBe(0o755);
    expect(fs.readdirSync(at('empty'))).toEqual(['folder']);
    expect(fs.readlinkSync(at('link'))).toBe('a.txt');
    expect(fs.readdirSync(at('was-folder'))).toEqual(['x']);
    expect(fs.statSync(at('was-file')).isFile()).toBe(true);
    expect(fs.existsSync(at('new'))).toBe(false);
    expect(await compareWithNow(made)).toEqual({});

    await checkpoints.restore(before.id, {});
    expect(fs.readFileSync(at('a.txt'), 'utf8')).toBe('new and longer\n');
    expect(fs.readFileSync(at('new/file'), 'utf8')).toBe('content of new/file\n');
    expect(await compareWithNow(before)).toEqual({});
  });

  it('never touches a repository, its index, what is ignored, or what tools make again', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], { cwd: at('') });
    write('.gitignore', 'dist/\n*.log\n');
    write('src/a.ts');
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'First');
    write('src/staged.ts');
    git('add', '--all');
    for (const name of ['dist/out.js', 'debug.log', 'node_modules/x/index.js', '.cache/y']) write(name);
    const outside = ['.git', 'dist', 'node_modules', '.cache'].map(
      (name) => [name, lookAt(at(name))] as const,
    );
    const made = await take();
    expect(made.files).toBe(3);
    write('src/a.ts', 'changed');
    write('src/later.ts');
    await checkpoints.restore(made.id, {});
    expect(fs.existsSync(at('src/later.ts'))).toBe(false);
    for (const [name, seen] of outside) expect(lookAt(at(name))).toEqual(seen);
    expect(fs.existsSync(at('debug.log'))).toBe(true);

    const whole = await take({ include_ignored: true });
    expect(whole.files).toBe(5);
    write('dist/out.js', 'changed');
    await checkpoints.restore(whole.id, {});
    expect(fs.readFileSync(at('dist/out.js'), 'utf8')).toBe('content of dist/out.js\n');
  });

  it('keeps what it replaces also where a .gitignore has come to name it', async () => {
    write('notes.txt', 'old');
    const made = await take();
    write('.gitignore', 'notes.txt\n');
    write('notes.txt', 'precious');
    const before = await checkpoints.restore(made.id, {});
    expect(fs.readFileSync(at('notes.txt'), 'utf8')).toBe('old');
    await checkpoints.restore(before.id, {});
    expect(fs.readFileSync(at('notes.txt'), 'utf8')).toBe('precious');
  });

  it('brings back a folder that was deleted as a whole', async () => {
    write('a/b', 'kept');
    const made = await take();
    fs.rmSync(path.join(home, 'project'), { recursive: true });
    expect((await checkpoints.restore(made.id, {})).restored?.problems).toEqual([]);
    expect(fs.readFileSync(at('a/b'), 'utf8')).toBe('kept');
  });

  it('restores one file or folder alone', async () => {
    write('a/x', '1');
    write('b/x', '1');
    const made = await take();
    fs.rmSync(at('a'), { recursive: true });
    write('b/x', '2');
    const before = await checkpoints.restore(made.id, { path: 'project/a/x' });
    expect(before.restored).toMatchObject({ path: at('a/x'), written: 2, deleted: 0 });
    expect([fs.readFileSync(at('a/x'), 'utf8'), fs.readFileSync(at('b/x'), 'utf8')]).toEqual(['1', '2']);
    await expect(checkpoints.restore(made.id, { path: '/etc' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('says what differs, and shows both sides of a file', async () => {
    write('a.txt', 'one\ntwo\nthree\n');
    write('gone.txt');
    write('picture', Buffer.from([0, 1, 2]));
    const first = await take();
    write('a.txt', 'one\n2\nthree\nfour\n');
    write('picture', Buffer.from([0, 1, 3]));
    fs.rmSync(at('gone.txt'));
    const context = { checkpoints, homePath: home };
    const { changes } = await compare(checkpoints.get(first.id), 'now', context);
    expect(changes).toEqual([
      expect.objectContaining({ path: at('a.txt'), kind: 'modified', lines: { added: 2, removed: 1 } }),
      expect.objectContaining({ path: at('gone.txt'), kind: 'removed', before: 'file', after: null }),
      expect.objectContaining({ path: at('picture'), kind: 'modified', lines: null }),
    ]);
    const second = await take();
    expect(second.changes).toEqual({ added: 0, modified: 2, removed: 1 });
    expect((await compare(checkpoints.get(second.id), 'previous', context)).changes).toEqual(changes);
    const file = (name: string) =>
      compareFile(checkpoints.get(first.id), { with: 'now', path: `project/${name}` }, context);
    expect(await file('a.txt')).toMatchObject({
      before: 'one\ntwo\nthree\n',
      after: 'one\n2\nthree\nfour\n',
    });
    expect(await file('gone.txt')).toMatchObject({ after: null });
    expect(await file('picture')).toMatchObject({ is_binary: true, before: null, after: null });
  });

  it('of a home leaves out what programs keep there', async () => {
    fs.mkdirSync(path.join(home, '.ssh'));
    fs.writeFileSync(path.join(home, '.ssh/id_ed25519'), 'secret');
    write('.env');
    expect(await checkpoints.create({ include_ignored: true }, undefined)).toMatchObject({
      path: home,
      files: 1,
    });
    await expect(take({ path: '/etc' })).rejects.toMatchObject({ code: 'forbidden' });
    fs.symlinkSync('/etc', at('out'));
    await expect(take({ path: 'project/out' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is made once for each id and each key', async () => {
    const id = 'ckp_01k9x3v7m4q8r2t6w0y5z1a3b7' as Checkpoint['id'];
    const [one, other] = await Promise.all([take({ id }), take({ id })]);
    expect(other).toEqual(one);
    await expect(take({ id, label: 'Other' })).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const input = { path: 'project', include_ignored: false };
    const keyed = await checkpoints.create(input, 'key');
    expect(await checkpoints.create(input, 'key')).toEqual(keyed);
    write('a', 'later');
    const beforeId = 'ckp_01k9x3v7m4q8r2t6w0y5z1a3b8' as Checkpoint['id'];
    const before = await checkpoints.restore(id, { before_id: beforeId });
    write('b', 'later still');
    expect(await checkpoints.restore(id, { before_id: beforeId })).toEqual(before);
    expect(fs.existsSync(at('b'))).toBe(true);
    expect(checkpoints.list().items).toHaveLength(3);
  });

  it('skips pipes, sockets and what is too large, says so, and leaves them alone', async () => {
    checkpoints = open({ fileBytes: 1_000 });
    write('a');
    write('large', 'x'.repeat(2_000));
    execFileSync('mkfifo', [at('pipe')]);
    const made = await take();
    expect(made.files).toBe(1);
    expect(made.skipped.map((place) => path.basename(place.path)).sort()).toEqual(['large', 'pipe']);
    write('large', 'smaller now');
    write('a', 'changed');
    await checkpoints.restore(made.id, {});
    expect(fs.readFileSync(at('large'), 'utf8')).toBe('smaller now');
    expect(fs.lstatSync(at('pipe')).isFIFO()).toBe(true);
  });
});
