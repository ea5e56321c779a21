import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentPath, FilesClient, refusal } from '../testing/files-client.ts';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  until,
} from '../testing/test-daemon.ts';
import type { UnixClient } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let client: UnixClient;
let files: FilesClient;
let home: string;

beforeAll(async () => {
  daemon = await startTestDaemon();
  client = daemon.client;
  files = new FilesClient(client);
  home = daemon.folders.homePath;
});
afterAll(() => daemon[Symbol.asyncDispose]());

const onDisk = (file: string) => readFile(path.join(home, file), 'utf8');

describe('an idempotency key', () => {
  it('repeats the answer and not the change', async () => {
    await files.write('once', 'foo');
    const headers = { 'idempotency-key': 'tcl_01k9x3v7m4q8r2t6w0y5z1a3b7' };
    const input = { path: 'once', old_text: 'foo', new_text: 'foo bar' };
    const first = await files.edit(input, headers);
    const again = await files.edit(input, headers);
    expect(again.body.equals(first.body)).toBe(true);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await onDisk('once')).toBe('foo bar');
    expect(refusal(await files.edit({ ...input, new_text: 'else' }, headers))).toEqual([
      409,
      'idempotency_key_reused',
    ]);
  });

  it('makes one change of many requests at once', async () => {
    await files.write('many', 'x');
    const headers = { 'idempotency-key': 'many-at-once' };
    const input = { path: 'many', old_text: 'x', new_text: 'xx' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => files.edit(input, headers)));
    expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
    expect(await onDisk('many')).toBe('xx');
  });

  it('of a refused request can be used again', async () => {
    const headers = { 'idempotency-key': 'second-try' };
    const input = { path: 'later', old_text: 'a', new_text: 'b' };
    expect((await files.edit(input, headers)).code).toBe('file_not_found');
    await files.write('later', 'a');
    expect((await files.edit(input, headers)).status).toBe(200);
  });

  it('covers writing, moving and deleting', async () => {
    const key = (name: string) => ({ 'idempotency-key': name });
    await files.write('w', 'one', key('w1'));
    await files.write('w', 'two');
    expect((await files.write('w', 'one', key('w1'))).headers['idempotent-replayed']).toBe('true');
    expect(await onDisk('w')).toBe('two');
    const moving = { json: { from: 'w', to: 'v' }, headers: key('m1') };
    await client.send('POST', '/files/move', moving);
    expect((await client.send('POST', '/files/move', moving)).status).toBe(200);
    expect((await files.delete('v', key('d1'))).status).toBe(204);
    expect((await files.delete('v', key('d1'))).status).toBe(204);
  });

  it('may have a hundred characters', async () => {
    expect((await files.write('k', 'x', { 'idempotency-key': 'k'.repeat(101) })).code).toBe(
      'invalid_request',
    );
  });
});

describe('a crash', () => {
  it('of the daemon after a change is repeated from the journal', async () => {
    await using crashing = await DaemonProcess.start();
    const request = { body: 'content', headers: { 'idempotency-key': 'k' } };
    const first = await crashing.client.send('PUT', contentPath('file'), request);
    await crashing.client.send('PUT', contentPath('file'), { body: 'later content' });
    await crashing.end('SIGKILL');
    await crashing.start();
    const again = await crashing.client.send('PUT', contentPath('file'), request);
    expect(again.body.toString()).toBe(first.body.toString());
    expect(await readFile(path.join(crashing.folders.homePath, 'file'), 'utf8')).toBe('later content');
  });

  it('between record and change is told apart by what the change had staged', async () => {
    await using crashing = await DaemonProcess.start();
    const { homePath, statePath, user } = crashing.folders;
    await crashing.client.send('PUT', contentPath('f'), {
      body: 'foo',
      headers: { 'idempotency-key': 'start' },
    });
    const input = { path: 'f', old_text: 'foo', new_text: 'foo bar' };
    const request = { json: input, headers: { 'idempotency-key': 'edit' } };
    await crashing.client.send('POST', '/files/edit', request);
    await crashing.end('SIGKILL');
    // As if the crash had come before the last word: the journal knows of the plan, not of its end.
    const journal = path.join(statePath, 'changes.jsonl');
    const lines = (await readFile(journal, 'utf8')).trim().split('\n');
    const isEnd = (line: string) => line.startsWith('{"type":"carried_out","key":"edit"');
    await writeFile(journal, `${lines.filter((line) => !isEnd(line)).join('\n')}\n`);
    await crashing.start();
    expect((await crashing.client.send('POST', '/files/edit', request)).headers['idempotent-replayed']).toBe(
      'true',
    );
    expect(await readFile(path.join(homePath, 'f'), 'utf8')).toBe('foo bar');
    // And as if it had come before the change: what was staged still lies there.
    await crashing.end('SIGKILL');
    const planned = lines.find((line) => line.includes('"prepared"') && line.includes('"edit"')) ?? '';
    await writeFile(journal, `${planned}\n`);
    const staged = JSON.parse(planned).guard;
    await writeFile(staged, 'foo bar');
    if (isRoot) execFileSync('chown', [String(user.uid), staged]);
    await writeFile(path.join(homePath, 'f'), 'foo');
    await crashing.start();
    const redone = await crashing.client.send('POST', '/files/edit', request);
    expect([redone.status, redone.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect(await readFile(path.join(homePath, 'f'), 'utf8')).toBe('foo bar');
    expect(await readdir(homePath)).toEqual(['.cache', 'f']);
    expect(await readdir(path.dirname(staged))).toEqual([]);
  });

  it('of the files process is over with the next request', async () => {
    await using running = await startTestDaemon();
    await running.client.send('PUT', contentPath('a'), { body: 'a' });
    const pid = filesProcessOf(running.folders.socketPath);
    process.kill(pid, 'SIGKILL');
    await until(() => !isProcess(pid));
    expect((await running.client.send('GET', contentPath('a'))).body.toString()).toBe('a');
    expect(filesProcessOf(running.folders.socketPath)).not.toBe(pid);
  });
});

function filesProcessOf(daemonSocketPath: string): number {
  const socket = path.join(path.dirname(daemonSocketPath), 'files.sock');
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  const line = lines.find(
    (text) => text.includes('podex-files') || (text.includes(socket) && text.includes('files')),
  );
  return Number(line?.trim().split(' ')[0]);
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
