import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listKernelNames } from '../files/kernel-files.ts';
import { FilesClient, refusal } from '../testing/files-client.ts';
import { type RunningTestDaemon, startTestDaemon } from '../testing/test-daemon.ts';
import { query } from '../testing/unix-client.ts';

let daemon: RunningTestDaemon;
let files: FilesClient;

beforeAll(async () => {
  daemon = await startTestDaemon();
  files = new FilesClient(daemon.client);
});
afterAll(() => daemon[Symbol.asyncDispose]());

describe('what the kernel tells of processes, their variables included', () => {
  const search = (parameters: Record<string, string>) =>
    daemon.client.send('GET', `/search?${query({ q: 'PATH', ...parameters })}`);

  it.each([
    `/proc/${process.pid}/environ`,
    '/proc/self/environ',
    '/proc',
    '/home/../proc/self',
    '/dev/fd',
    '/sys/kernel',
  ])('is neither searched, read nor listed as %s', async (place) => {
    expect(refusal(await search({ path: place }))).toEqual([403, 'forbidden']);
    expect(refusal(await search({ path: place, mode: 'name' }))).toEqual([403, 'forbidden']);
    expect(refusal(await files.read(place))).toEqual([403, 'forbidden']);
    expect(refusal(await files.list(place))).toEqual([403, 'forbidden']);
  });

  it('is not reached through links', async () => {
    const { homePath } = daemon.folders;
    await symlink('/proc/self/environ', path.join(homePath, 'a-link'));
    await symlink('/proc', path.join(homePath, 'a-folder'));
    for (const place of ['a-link', 'a-folder', 'a-folder/self/environ']) {
      expect(refusal(await search({ path: place }))).toEqual([403, 'forbidden']);
      expect(refusal(await files.read(place))).toEqual([403, 'forbidden']);
    }
    expect((await search({ path: '.' })).status).toBe(200);
  });

  it('is passed over in a search of everything', async () => {
    const link = path.join(daemon.folders.homePath, 'everything');
    await symlink('/', link);
    for (const folder of ['/', link]) expect(await listKernelNames(folder)).toEqual(['proc', 'sys']);
    expect(await listKernelNames(daemon.folders.homePath)).toEqual([]);
  });
});
