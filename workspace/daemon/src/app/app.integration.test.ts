import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command } from '@podex/contracts/commands';
import { diskStanding, diskUse } from '@podex/contracts/disk';
import { newId } from '@podex/contracts/ids';
import { daemonHealth, daemonSettingsTaken } from '@podex/contracts/internal/daemon';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logging/logger.ts';
import { FilesClient } from '../testing/files-client.ts';
import {
  DaemonProcess,
  isRoot,
  type RunningTestDaemon,
  startTestDaemon,
  TestFolders,
  until,
} from '../testing/test-daemon.ts';
import { UnixClient } from '../testing/unix-client.ts';
import { startDaemon } from './app.ts';

describe('the daemon', () => {
  let daemon: RunningTestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon();
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  const put = (id: string, json: object) =>
    daemon.client.send('PUT', `/commands/${id}?wait_ms=5000`, { json });

  it('tells what runs in it', async () => {
    const id = newId('command');
    await put(id, { command: 'sleep 60', background: true });
    await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } });
    expect((await daemon.client.send('GET', '/health')).json(daemonHealth)).toMatchObject({
      ok: true,
      terminals: 1,
      running_commands: 1,
      busy_terminals: 0,
    });
    await daemon.client.send('DELETE', `/commands/${id}?signal=KILL`);
  });

  it('says when it has found its storage empty', async () => {
    const folders = await TestFolders.create();
    const client = new UnixClient(folders.socketPath);
    const settings = { workspace_id: 'ws_1', name: 'mine', env: {} };
    const tell = async () =>
      (await client.send('PUT', '/settings', { json: settings })).json(daemonSettingsTaken).has_new_storage;
    const found: boolean[] = [];
    for (const _start of ['first', 'second']) {
      const started = await startDaemon(folders.config(), createLogger('daemon', { write: () => undefined }));
      found.push(await tell(), await tell());
      await started.stop();
    }
    expect(found).toEqual([true, false, false, false]);
  });

  it('can be reached by its own user alone', async () => {
    const { socketPath } = daemon.folders;
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(socketPath))).mode & 0o777).toBe(0o700);
  });

  it('gives what settings say to what starts from then on', async () => {
    const settings = { workspace_id: 'ws_1', name: 'mine', env: { SETTING: 'one' } };
    expect((await daemon.client.send('PUT', '/settings', { json: settings })).status).toBe(200);
    const shown = await put(newId('command'), {
      command: 'echo $SETTING $PODEX_WORKSPACE_NAME $OWN',
      env: { OWN: 'own' },
    });
    expect(shown.json(command).output).toBe('one mine own\n');
    const wrong = { ...settings, env: { 'A=B': 'x' } };
    expect((await daemon.client.send('PUT', '/settings', { json: wrong })).code).toBe('invalid_request');
  });

  it('tells how full its disk is, and whether that is its own', async () => {
    const use = (await daemon.client.send('GET', '/disk')).json(diskUse);
    expect(use.is_limited).toBe(false);
    expect(use.total_bytes).toBeGreaterThan(use.used_bytes);
    const own = loadConfig(['node', 'daemon.js', '--own-disk'], {});
    expect([own.hasOwnDisk, daemon.folders.config().hasOwnDisk]).toEqual([true, false]);
  });

  it('has one WebSocket, and refuses others as it refuses requests', async () => {
    const socket = new WebSocket(`ws+unix://${daemon.folders.socketPath}:/nothing`);
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('404');
  });
});

it('runs nothing before it was told its settings, and keeps none of them on disk', async () => {
  await using daemon = await startTestDaemon({ isTold: false });
  const { client, folders } = daemon;
  const id = newId('command');
  const json = { command: 'echo "[$PLANTED]"' };
  const early = await client.send('PUT', `/commands/${id}?wait_ms=5000`, { json });
  expect([early.status, early.code]).toEqual([409, 'workspace_not_running']);
  const terminal = await client.send('POST', '/terminals', { json: { shell: 'bash' } });
  expect([terminal.status, terminal.code]).toEqual([409, 'workspace_not_running']);
  const value = 'a-value-that-stays-in-memory';
  const settings = { workspace_id: 'ws_1', name: 'mine', env: { PLANTED: value } };
  await client.send('PUT', '/settings', { json: settings });
  const digest = { command: 'printf %s "$PLANTED" | sha256sum' };
  const late = await client.send('PUT', `/commands/${newId('command')}?wait_ms=5000`, { json: digest });
  expect(late.json(command).output).toContain(createHash('sha256').update(value).digest('hex'));
  await client.send('GET', '/files?path=.');
  const found = spawnSync('grep', ['-r', '-l', value, folders.root], { encoding: 'utf8' });
  expect([found.status, found.stdout]).toEqual([1, '']);
});

it('that is told to stop does so in time, whatever runs', async () => {
  await using daemon = await DaemonProcess.start();
  const id = newId('command');
  const json = { command: 'trap "" TERM HUP; echo up; while :; do sleep 0.1; done' };
  await daemon.client.send('PUT', `/commands/${id}?wait_ms=300`, { json });
  await daemon.client.send('POST', '/terminals', { json: { shell: 'bash' } });
  await daemon.client.send('GET', '/files?path=.');
  const startedAt = performance.now();
  expect(await daemon.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  await daemon.start();
  const answer = await daemon.client.send('GET', `/commands/${id}`);
  expect(answer.json(command)).toMatchObject({ status: 'killed', signal: 'SIGKILL', output: 'up\n' });
});

/** A small filesystem of its own for a workspace; false where this machine does not let us mount one. */
function mountSmallDisk(place: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', place], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it.runIf(isRoot)('on a full disk still runs the command that frees some space', async ({ skip }) => {
  await using daemon = await DaemonProcess.create();
  const { root, homePath, statePath, forkServerPath, user } = daemon.folders;
  const forkServer = await readFile(forkServerPath);
  if (!mountSmallDisk(root)) skip();
  try {
    await chmod(root, 0o755);
    await writeFile(forkServerPath, forkServer, { mode: 0o755 });
    await mkdir(homePath);
    await mkdir(statePath, { mode: 0o700 });
    await chown(homePath, user.uid, user.gid);
    await daemon.start();
    const seeDisk = async () => diskStanding((await daemon.client.send('GET', '/disk')).json(diskUse));
    expect(await seeDisk()).toMatchObject({ standing: 'ok' });
    await fillDisk(path.join(homePath, 'ballast'));
    expect(await seeDisk()).toEqual({ standing: 'full', of: 'space' });
    const files = new FilesClient(daemon.client);
    expect((await files.write('more', 'x'.repeat(10_000))).code).toBe('disk_full');
    expect(await readdir(homePath)).toEqual(['ballast']);
    const run = async (text: string) => {
      const route = `/commands/${newId('command')}?wait_ms=5000`;
      return (await daemon.client.send('PUT', route, { json: { command: text } })).json(command);
    };
    expect(await run('echo hello; head -c 200000 /dev/zero; echo the end')).toMatchObject({
      status: 'exited',
      output_bytes: 200_014,
      output: expect.stringMatching(/the end\n$/),
    });
    expect(await run('rm ballast; echo freed')).toMatchObject({ exit_code: 0, output: 'freed\n' });
    await until(async () => (await files.write('more', 'x'.repeat(10_000))).status === 200);
    await daemon.end('SIGTERM');
  } finally {
    execFileSync('umount', ['-l', root]);
  }
});

async function fillDisk(file: string): Promise<void> {
  await expect(writeFile(file, Buffer.alloc(16_777_216))).rejects.toThrow('ENOSPC');
}
