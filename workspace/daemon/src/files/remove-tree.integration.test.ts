import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileEntry } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { isRoot, type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';

const LONG_NAME = 'd'.repeat(200);

let daemon: RunningTestDaemon;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const asUser = () => (isRoot ? { uid: daemon.folders.user.uid, gid: daemon.folders.user.gid } : {});
const FILE_SYSTEM = "const fs = require('node:fs');";

/** A program of the user. */
function program(text: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['-e', `${FILE_SYSTEM}${text}`, ...args], { cwd: home, ...asUser() });
}

async function run(text: string, ...args: string[]): Promise<void> {
  const [code] = await once(program(text, ...args), 'exit');
  expect(code).toBe(0);
}

/** Folders within each other, a file in each. */
const DIG = `
  const [folder, name, levels] = process.argv.slice(1);
  fs.mkdirSync(folder, { recursive: true });
  process.chdir(folder);
  for (let level = 0; level < levels; level += 1) {
    fs.mkdirSync(name);
    process.chdir(name);
    fs.writeFileSync('file', String(level));
  }`;

function otherFilesystem(): string {
  const folder = temporaryFolder('files-away', '/dev/shm');
  if (isRoot) chownSync(folder, daemon.folders.user.uid, daemon.folders.user.gid);
  return folder;
}

describe('deleting a folder', () => {
  it.each([
    ['whose path is longer than a path may be', LONG_NAME, 30],
    ['deeper than files may be open', 'n', 300],
  ])('%s leaves nothing', async (_what, name, levels) => {
    await run(DIG, 'deep', name, String(levels));
    expect((await files.delete('deep')).status).toBe(204);
    expect(existsSync(path.join(home, 'deep'))).toBe(false);
    expect(readdirSync(home)).not.toContain('deep');
  });

  it('of very many entries leaves the others served meanwhile', async () => {
    await run(
      `fs.mkdirSync('many');
       for (let n = 0; n < 20_000; n += 1) fs.writeFileSync('many/' + n, '');`,
    );
    await files.write('small', 'x');
    let isDone = false;
    const deleted = files.delete('many').finally(() => {
      isDone = true;
    });
    let slowestMs = 0;
    let served = 0;
    while (!isDone) {
      const start = performance.now();
      await files.read('small');
      slowestMs = Math.max(slowestMs, performance.now() - start);
      served += 1;
    }
    expect((await deleted).status).toBe(204);
    expect(existsSync(path.join(home, 'many'))).toBe(false);
    expect(served).toBeGreaterThan(10);
    expect(slowestMs).toBeLessThan(1_000);
  });

  it('with names that hold line feeds, dashes and bytes deletes these and nothing else', async () => {
    await files.write('kept', 'x');
    await run(
      `fs.mkdirSync('odd/-rf', { recursive: true });
       fs.symlinkSync('../kept', 'odd/line\\nfeed');
       fs.writeFileSync(Buffer.concat([Buffer.from('odd/'), Buffer.from([0xff, 0x0a, 0xb1])]), '');
       fs.writeFileSync('odd/-rf/..., ', '');`,
    );
    expect((await files.delete('odd')).status).toBe(204);
    expect(readdirSync(home)).toEqual(expect.arrayContaining(['kept']));
    expect(existsSync(path.join(home, 'odd'))).toBe(false);
  });

  it('names what it may not delete', async () => {
    if (!isRoot) return;
    await files.write('partly/own', 'x');
    mkdirSync(path.join(home, 'partly/foreign'));
    writeFileSync(path.join(home, 'partly/foreign/file'), 'x');
    const response = await files.delete('partly');
    expect(refusal(response)).toEqual([403, 'forbidden']);
    expect(response.body.toString()).toContain('partly/foreign/file');
  });
});

it('many deletions at once delete what each names, and nothing of the same name elsewhere', async () => {
  const [folders, names] = [['here', 'there'], Array.from({ length: 200 }, (_, index) => `file${index}`)];
  await run(
    `for (const folder of ['here', 'there']) {
       fs.mkdirSync(folder);
       for (let n = 0; n < 200; n += 1) fs.writeFileSync(folder + '/file' + n, '');
     }`,
  );
  const isDoomed = (folder: string, index: number) => (folder === 'here') === (index % 2 === 0);
  const deletions = folders.flatMap((folder) =>
    names.filter((_, index) => isDoomed(folder, index)).map((name) => files.delete(`${folder}/${name}`)),
  );
  expect(new Set((await Promise.all(deletions)).map(({ status }) => status))).toEqual(new Set([204]));
  for (const folder of folders) {
    const left = names.filter((_, index) => !isDoomed(folder, index));
    expect(readdirSync(path.join(home, folder)).sort()).toEqual(left.sort());
  }
});

describe('a folder that is swapped for a link while its tree is deleted', () => {
  it('never leads out of the tree, where the same names are', async () => {
    await run(`
      for (const folder of ['outside', 'doomed/x']) {
        fs.mkdirSync(folder, { recursive: true });
        for (let n = 0; n < 3_000; n += 1) fs.writeFileSync(folder + '/' + n, '');
      }`);
    const swapping = program(`
      process.stdout.write('ready');
      for (;;) {
        try { fs.renameSync('doomed/x', 'doomed/y'); fs.symlinkSync('../outside', 'doomed/x'); } catch {}
        try { fs.unlinkSync('doomed/x'); fs.renameSync('doomed/y', 'doomed/x'); } catch {}
      }`);
    try {
      await once(swapping.stdout ?? swapping, 'data');
      const { status } = await files.delete('doomed');
      expect(readdirSync(path.join(home, 'outside'))).toHaveLength(3_000);
      expect([204, 409]).toContain(status);
    } finally {
      swapping.kill('SIGKILL');
      await once(swapping, 'exit');
    }
  });
});

describe('moving to another filesystem', () => {
  it('takes everything along: deep paths, links as links, modes, dates and names of bytes', async () => {
    await run(DIG, 'away/deep', LONG_NAME, '30');
    await run(
      `fs.writeFileSync('away/run.sh', 'echo');
       fs.chmodSync('away/run.sh', 0o751);
       fs.utimesSync('away/run.sh', 1_000_000_000, 1_000_000_000);
       fs.symlinkSync('nowhere', 'away/dangling');
       fs.writeFileSync(Buffer.concat([Buffer.from('away/'), Buffer.from([0xb1])]), 'raw');
       fs.mkdirSync('away/closed');
       fs.chmodSync('away/closed', 0o550);`,
    );
    const target = path.join(otherFilesystem(), 'moved');
    const moved = await files.move({ from: 'away', to: target });
    expect(moved.status, moved.body.toString()).toBe(200);
    expect(moved.json(fileEntry).type).toBe('directory');
    expect(readdirSync(target, 'buffer').map(String)).toHaveLength(5);
    const script = statSync(path.join(target, 'run.sh'));
    expect([script.mode & 0o777, script.mtimeMs]).toEqual([0o751, 1_000_000_000_000]);
    expect(execFileSync('readlink', [path.join(target, 'dangling')], { encoding: 'utf8' })).toBe('nowhere\n');
    expect(readFileSync(path.join(target, 'deep', LONG_NAME, 'file'), 'utf8')).toBe('0');
    const depth = execFileSync('find', [path.join(target, 'deep'), '-name', 'file', '-printf', '.']).length;
    expect(depth).toBe(30);
    expect(existsSync(path.join(home, 'away'))).toBe(false);
    expect((await files.move({ from: target, to: 'back' })).status).toBe(200);
    expect((await files.delete('back')).status).toBe(204);
  });

  it('refuses a pipe and leaves both sides as they were', async () => {
    await files.write('with-pipe/file', 'x');
    await run(`require('node:child_process').execFileSync('mkfifo', ['with-pipe/pipe'])`);
    const folder = otherFilesystem();
    const refused = await files.move({ from: 'with-pipe', to: path.join(folder, 'moved') });
    expect(refusal(refused)).toEqual([400, 'invalid_request']);
    expect(readdirSync(folder)).toEqual([]);
    expect(readdirSync(path.join(home, 'with-pipe'))).toEqual(['file', 'pipe']);
  });
});
