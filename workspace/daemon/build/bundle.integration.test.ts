import { execFile } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { daemonHealth } from '@podex/contracts/internal/daemon';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { TerminalViewer } from '../src/testing/terminal-viewer.ts';
import { DaemonProcess } from '../src/testing/test-daemon.ts';
import { buildRuntime, type Runtime } from './bundle.ts';

const run = promisify(execFile);

let outDirectory: string;
let runtime: Runtime;
beforeAll(async () => {
  outDirectory = temporaryFolder('runtime');
  runtime = await buildRuntime({ outDirectory });
});

it('has what is started, readable for everybody, under the hash of its content', async () => {
  for (const [file, mode] of [
    ['start', 0o755],
    ['node', 0o755],
    ['daemon.js', 0o644],
    ['daemon-code.js', 0o644],
    ['daemon-code.cache', 0o644],
    ['bridge', 0o755],
    ['version', 0o644],
  ] as const) {
    expect((await stat(path.join(runtime.directory, file))).mode & 0o777).toBe(mode);
  }
  expect((await readFile(path.join(runtime.directory, 'version'), 'utf8')).trim()).toBe(runtime.version);
  expect(path.basename(runtime.directory)).toBe(runtime.version);
});

it('is at hand at once when nothing has changed', async () => {
  const startedAt = performance.now();
  expect(await buildRuntime({ outDirectory })).toEqual(runtime);
  expect(performance.now() - startedAt).toBeLessThan(100);
});

it('is built again, to the same version, when it is gone', async () => {
  await rm(path.join(runtime.directory, 'daemon.js'));
  expect(await Promise.all([buildRuntime({ outDirectory }), buildRuntime({ outDirectory })])).toEqual([
    runtime,
    runtime,
  ]);
});

it('needs nothing of the system but glibc and the C++ runtime', async () => {
  const { stdout } = await run('ldd', [path.join(runtime.directory, 'node')]);
  const libraries = [...stdout.matchAll(/^\s*(\S+?)\.so/gm)].map(([, name = '']) => path.basename(name));
  const known = [
    'ld-linux-aarch64',
    'ld-linux-x86-64',
    'libc',
    'libdl',
    'libgcc_s',
    'libm',
    'libpthread',
    'libstdc++',
    'linux-vdso',
  ];
  expect(libraries.filter((name) => !known.includes(name) && name !== 'libatomic')).toEqual([]);
});

it('runs by itself: files, commands and terminals', async () => {
  const bundled = [path.join(runtime.directory, 'node'), path.join(runtime.directory, 'daemon.js')];
  await using daemon = await DaemonProcess.create();
  await daemon.start(bundled);
  const { client, folders } = daemon;
  expect((await client.send('GET', '/health')).json(daemonHealth).version).toBe(runtime.version);
  expect((await client.send('PUT', '/files/content?path=a', { body: 'needle' })).status).toBe(200);
  expect((await client.send('GET', '/search?q=needle')).body.toString()).toContain('"line":1');
  const settings = { workspace_id: 'ws_1', name: 'mine', env: { GREETING: 'hello' } };
  expect((await client.send('PUT', '/settings', { json: settings })).status).toBe(200);
  const id = 'cmd_01k9x3v7m4q8r2t6w0y5z1a3b7';
  const command = { json: { command: 'cat a; echo " $GREETING $PODEX_WORKSPACE_ID"' } };
  const answer = await client.send('PUT', `/commands/${id}?wait_ms=10000`, command);
  expect(answer.body.toString()).toContain('needle hello ws_1');
  const opened = await client.send('POST', '/terminals', { json: { shell: 'bash' } });
  const terminalId = JSON.parse(opened.body.toString()).id;
  using viewer = await TerminalViewer.attach(folders.socketPath, terminalId);
  viewer.type('echo "[$GREETING]"\n');
  await viewer.waitFor('[hello]');
  expect(await daemon.end('SIGTERM')).toBe(0);
});
