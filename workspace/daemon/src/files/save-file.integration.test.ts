import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { fileEntry } from '@podex/contracts/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createRequestListener } from '../http/router.ts';
import { startUnixServer } from '../http/unix-server.ts';
import { createLogger } from '../logging/logger.ts';
import { FilesClient, refusal } from '../testing/files-client.ts';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  until,
} from '../testing/test-daemon.ts';
import { UnixClient } from '../testing/unix-client.ts';
import { KeyedLock } from '../waiting/keyed-lock.ts';
import { sendFile } from './read-file.ts';
import { savesFolderOf } from './unfinished-saves.ts';

/** More than is written by one call. */
const LARGE_BYTES = 3_000_000;
/** Enough to be killed on the way. */
const CRASHED_BYTES = 120_000_000;

let daemon: RunningTestDaemon;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const at = (file: string) => path.join(home, file);
const inode = (file: string) => statSync(at(file)).ino;
const staged = () => readdir(savesFolderOf(home));
const toUser = async (...names: string[]) => {
  const { uid, gid } = daemon.folders.user;
  for (const name of names) await chown(at(name), uid, gid);
};

describe('a save keeps what a file is', () => {
  it('for who watches it: three saves are three changes', async () => {
    await files.write('watched', 'zero');
    let changes = 0;
    const watcher: FSWatcher = watch(at('watched'), (event) => {
      if (event === 'change') changes += 1;
    });
    try {
      for (const text of ['one', 'longer than before', '3']) {
        const before = changes;
        expect((await files.write('watched', text)).status).toBe(200);
        await until(() => changes > before);
        expect(readFileSync(at('watched'), 'utf8')).toBe(text);
      }
    } finally {
      watcher.close();
    }
    expect(await readdir(home)).toEqual(expect.not.arrayContaining([expect.stringMatching(/tmp$/)]));
    expect(await staged()).toEqual([]);
  });

  it.each([
    ['small', 1_000],
    ['large', LARGE_BYTES],
  ])('for its other names, when it is %s', async (size, bytes) => {
    await files.write(`${size}-one`, randomBytes(bytes));
    await link(at(`${size}-one`), at(`${size}-two`));
    const content = randomBytes(bytes + 10);
    await files.write(`${size}-one`, content);
    expect(inode(`${size}-one`)).toBe(inode(`${size}-two`));
    expect((await readFile(at(`${size}-two`))).equals(content)).toBe(true);
    await files.write(`${size}-two`, 'short');
    expect(await readFile(at(`${size}-one`), 'utf8')).toBe('short');
    await files.edit({ path: `${size}-one`, old_text: 'short', new_text: 'edited' });
    expect(await readFile(at(`${size}-two`), 'utf8')).toBe('edited');
  });

  it('for all who use the file, as a rename for what is large and nobody else’s', async () => {
    await files.write('upload', randomBytes(LARGE_BYTES));
    const before = inode('upload');
    const content = randomBytes(LARGE_BYTES);
    expect((await files.write('upload', content)).status).toBe(200);
    expect((await readFile(at('upload'))).equals(content)).toBe(true);
    expect(inode('upload')).not.toBe(before);
  });

  it('with its mode, for a read-only file and one of a program that runs as well', async () => {
    await files.write('only-read', 'one');
    await chmod(at('only-read'), 0o444);
    expect((await files.write('only-read', 'two')).json(fileEntry).mode).toBe(0o444);
    await files.write('program', await readFile('/bin/sleep'));
    await chmod(at('program'), 0o755);
    const running = spawn(at('program'), ['600']);
    try {
      await once(running, 'spawn');
      expect((await files.write('program', '#!/bin/sh\n')).json(fileEntry).mode).toBe(0o755);
      expect(await readFile(at('program'), 'utf8')).toBe('#!/bin/sh\n');
    } finally {
      running.kill('SIGKILL');
      await once(running, 'exit');
    }
  });

  it.runIf(isRoot)('in a folder that the user cannot write, and with its owner', async () => {
    await mkdir(at('closed'));
    await writeFile(at('closed/open'), 'old');
    await chmod(at('closed/open'), 0o666);
    await chmod(at('closed'), 0o555);
    const response = await files.write('closed/open', 'new');
    expect([response.status, await readFile(at('closed/open'), 'utf8')]).toEqual([200, 'new']);
    expect(await readdir(at('closed'))).toEqual(['open']);
    expect(statSync(at('closed/open')).uid).toBe(0);
    const edit = { path: 'closed/open', old_text: 'new', new_text: 'edited' };
    expect((await files.edit(edit)).status).toBe(200);
    await mkdir(at('theirs'));
    await toUser('theirs');
    await writeFile(at('theirs/open'), 'old');
    await chmod(at('theirs/open'), 0o666);
    expect((await files.write('theirs/open', randomBytes(LARGE_BYTES))).status).toBe(200);
    expect(statSync(at('theirs/open')).uid).toBe(0);
    await chmod(at('theirs/open'), 0o644);
    await chmod(at('closed/open'), 0o644);
    expect(refusal(await files.write('closed/open', 'no'))).toEqual([403, 'forbidden']);
    expect(await readFile(at('closed/open'), 'utf8')).toBe('edited');
  });

  it.runIf(isRoot)('and its content, when the disk is full', async () => {
    await mkdir(at('disk'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0777', 'tmpfs', at('disk')]);
    try {
      const old = randomBytes(1_000_000);
      await files.write('disk/file', old);
      await link(at('disk/file'), at('disk/second'));
      expect(refusal(await files.write('disk/file', randomBytes(LARGE_BYTES)))).toEqual([507, 'disk_full']);
      expect((await readFile(at('disk/file'))).equals(old)).toBe(true);
      expect(await staged()).toEqual([]);
    } finally {
      execFileSync('umount', [at('disk')]);
    }
  });

  it('where the folder that saves wait in cannot be used', async () => {
    await using other = await startTestDaemon();
    const others = new FilesClient(other.client);
    await others.write('.cache', 'a file');
    await others.write('f', 'one');
    expect((await others.write('f', 'two')).status).toBe(200);
    expect(await readFile(path.join(other.folders.homePath, 'f'), 'utf8')).toBe('two');
  });
});

describe('an etag tells apart', () => {
  it('contents of one size and date, and a file that took the place of another', async () => {
    await files.write('stamped', 'one');
    const date = new Date(1_000_000_000_000);
    await utimes(at('stamped'), date, date);
    const first = String((await files.read('stamped')).headers.etag);
    await writeFile(at('stamped'), 'two');
    await utimes(at('stamped'), date, date);
    expect(String((await files.read('stamped')).headers.etag)).not.toBe(first);
    expect(refusal(await files.write('stamped', 'mine', { 'if-match': first }))).toEqual([
      412,
      'file_changed',
    ]);
    const second = String((await files.read('stamped')).headers.etag);
    await writeFile(at('other'), 'six');
    await utimes(at('other'), date, date);
    await rename(at('other'), at('stamped'));
    expect(refusal(await files.write('stamped', 'mine', { 'if-match': second }))).toEqual([
      412,
      'file_changed',
    ]);
  });
});

describe('what is read', () => {
  it('ends where the file ends, whatever size it claims', async () => {
    const socketPath = path.join(temporaryFolder('kernel'), 'kernel.sock');
    const locks = new KeyedLock();
    const listener = createRequestListener(
      ['/proc/version', '/proc/kallsyms'].map((file) => ({
        method: 'GET',
        path: file,
        answer: async (call) => {
          await sendFile(file, call, locks);
          return undefined;
        },
      })),
      createLogger('test', { write: () => undefined }),
    );
    const server = await startUnixServer({ socketPath, onRequest: listener });
    try {
      const client = new UnixClient(socketPath);
      const version = await client.send('GET', '/proc/version', { headers: { range: 'bytes=0-4' } });
      expect([version.status, version.body.toString()]).toEqual([206, 'Linux']);
      const symbols = await client.send('GET', '/proc/kallsyms');
      expect(symbols.body.equals(readFileSync('/proc/kallsyms'))).toBe(true);
    } finally {
      await server.close(100);
    }
  });

  it('is the old content or the new while saves go on, never a mixture', async () => {
    const contents = [Buffer.alloc(900_000, 'a'), Buffer.alloc(300_000, 'b')];
    await files.write('flipping', contents[0] ?? '');
    let isDone = false;
    const saving = (async () => {
      for (let round = 0; round < 20; round += 1) await files.write('flipping', contents[round % 2] ?? '');
      isDone = true;
    })();
    while (!isDone) {
      const { body } = await files.read('flipping');
      expect(contents.some((content) => content.equals(body))).toBe(true);
    }
    await saving;
  });
});

describe('a crash in the middle of a save', () => {
  it('leaves the whole new content', async () => {
    await using crashing = await DaemonProcess.start();
    const { homePath } = crashing.folders;
    const target = path.join(homePath, 'precious');
    const [old, wanted] = [randomBytes(CRASHED_BYTES), randomBytes(CRASHED_BYTES)];
    await crashing.client.send('PUT', '/files/content?path=precious', { body: old });
    // A second name: it cannot be replaced, only overwritten.
    await link(target, path.join(homePath, 'second'));
    const filesProcess = findFilesProcess();
    const watcher = watch(target);
    const changed = once(watcher, 'change');
    const saving = crashing.client.send('PUT', '/files/content?path=precious', { body: wanted });
    saving.catch(() => undefined);
    await changed;
    watcher.close();
    process.kill(filesProcess, 'SIGKILL');
    await saving.catch(() => undefined);
    const torn = await readFile(target);
    expect([torn.equals(old), torn.equals(wanted)]).toEqual([false, false]);
    await until(async () => (await readdir(savesFolderOf(homePath))).length === 0, 60_000);
    expect((await readFile(target)).equals(wanted)).toBe(true);
    expect((await readFile(path.join(homePath, 'second'))).equals(wanted)).toBe(true);
  });

  it('is looked for without waiting for what somebody else has put there', async () => {
    await using other = await startTestDaemon();
    const { homePath, user } = other.folders;
    const saves = savesFolderOf(homePath);
    await mkdir(saves, { recursive: true });
    execFileSync('mkfifo', [path.join(saves, '.podex-0123456789abcdef.tmp')]);
    await symlink('/dev/zero', path.join(saves, '.podex-fedcba9876543210.tmp'));
    if (isRoot) execFileSync('chown', ['-hR', String(user.uid), path.join(homePath, '.cache')]);
    expect((await new FilesClient(other.client).list('.')).status).toBe(200);
  });
});

/** The one whose parent is a daemon that this test process has started as another. */
function findFilesProcess(): number {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? []);
  const parentOf = (of: string | undefined) => processes.find(([, pid]) => pid === of)?.[2];
  const [, pid] =
    processes.find(
      ([, , parent, args = '']) => args.startsWith('podex-files') && parentOf(parent) === String(process.pid),
    ) ?? [];
  return Number(pid);
}
