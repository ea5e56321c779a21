import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { DAEMON_RUNTIME_BASE, daemonHealth, UPGRADE_MAX_BYTES } from '@podex/contracts/internal/daemon';
import { withQuery } from '@podex/contracts/query';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { buildRuntime, type Runtime } from '../../build/bundle.ts';
import { TerminalViewer } from '../testing/terminal-viewer.ts';
import { DaemonProcess } from '../testing/test-daemon.ts';

let runtime: Runtime;
let code: string;
beforeAll(async () => {
  const outDirectory = temporaryFolder('runtime');
  await chmod(outDirectory, 0o755);
  runtime = await buildRuntime({ outDirectory });
  code = await readFile(path.join(runtime.directory, 'daemon-code.js'), 'utf8');
}, 120_000);

const program = () => [path.join(runtime.directory, 'node'), path.join(runtime.directory, 'daemon.js')];

async function health({ client }: DaemonProcess) {
  return (await client.send('GET', '/health')).json(daemonHealth);
}

function compress(text: string): Buffer {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

interface Offer {
  version: string;
  text: string;
  base?: number;
  sha256?: string;
  body?: Buffer;
}

function offer({ client }: DaemonProcess, { version, text, base, sha256, body }: Offer) {
  const announced = {
    version,
    base: base ?? DAEMON_RUNTIME_BASE,
    sha256: sha256 ?? createHash('sha256').update(text).digest('hex'),
  };
  return client.send('PUT', withQuery('/upgrade', announced), { body: body ?? compress(text) });
}

describe('newer code of the daemon', { timeout: 60_000 }, () => {
  it('runs from the next start on, and touches nothing that runs', async () => {
    await using daemon = await DaemonProcess.create();
    await daemon.start(program());
    const { client, folders } = daemon;
    expect(await health(daemon)).toMatchObject({ version: runtime.version, next_version: null });
    const opened = await client.send('POST', '/terminals', { json: { shell: 'bash' } });
    using viewer = await TerminalViewer.attach(folders.socketPath, JSON.parse(opened.body.toString()).id);
    viewer.type('MINE=still-here\n');
    const taken = await offer(daemon, { version: 'newer', text: `${code}\n// newer` });
    expect([taken.status, taken.body.toString()]).toEqual([200, '{"next_version":"newer"}']);
    expect(await health(daemon)).toMatchObject({ version: runtime.version, next_version: 'newer' });
    // Files are served by the code that runs.
    expect((await client.send('PUT', '/files/content?path=a', { body: 'one' })).status).toBe(200);
    viewer.type('echo "[$MINE]"\n');
    await viewer.waitFor('[still-here]');
    await daemon.end('SIGTERM');

    await daemon.start(program());
    const now = { version: 'newer', next_version: null, upgrade_failed: null };
    expect(await health(daemon)).toMatchObject(now);
    expect((await client.send('GET', '/files/content?path=a')).body.toString()).toBe('one');
    const again = await client.send('POST', '/terminals', { json: { shell: 'bash' } });
    using other = await TerminalViewer.attach(folders.socketPath, JSON.parse(again.body.toString()).id);
    other.type('echo $((40 + 2))\n');
    await other.waitFor('42');
    // What it was killed at does not count against it twice.
    await daemon.end('SIGTERM');
    await daemon.start(program());
    expect(await health(daemon)).toMatchObject(now);
  });

  it('that does not come up twice leaves the start to the volume’s own, which says so', async () => {
    await using daemon = await DaemonProcess.create();
    await daemon.start(program());
    await offer(daemon, { version: 'broken', text: 'throw new Error("broken")' });
    await daemon.end('SIGKILL');
    for (const _start of ['first', 'second']) expect(await daemon.runToEnd(program())).toBe(1);
    await daemon.start(program());
    const failed = { version: runtime.version, next_version: null, upgrade_failed: 'broken' };
    expect(await health(daemon)).toMatchObject(failed);
    // Another may come in its place.
    await offer(daemon, { version: 'mended', text: `${code}\n// mended` });
    await daemon.end('SIGTERM');
    await daemon.start(program());
    expect(await health(daemon)).toMatchObject({ version: 'mended', upgrade_failed: null });
    expect(await readdir(daemon.folders.upgradesPath)).toEqual(['mended', 'next.json', 'starts']);
  });

  it('is not run when it is not what was sent, or stands on another runtime', async () => {
    await using daemon = await DaemonProcess.create();
    await daemon.start(program());
    await offer(daemon, { version: 'newer', text: `${code}\n// newer` });
    await appendFile(path.join(daemon.folders.upgradesPath, 'newer', 'daemon-code.js'), ' ');
    await daemon.end('SIGTERM');
    await daemon.start(program());
    expect(await health(daemon)).toMatchObject({ version: runtime.version });
    const other = await offer(daemon, { version: 'other', text: 'x', base: DAEMON_RUNTIME_BASE + 1 });
    expect([other.status, other.code]).toEqual([409, 'conflict']);
  });

  it('that is cut, broken or too large is refused and leaves nothing', async () => {
    await using daemon = await DaemonProcess.create();
    await daemon.start(program());
    const version = 'bad';
    const bad: [Offer, number][] = [
      [{ version, text: 'x', sha256: '0'.repeat(64) }, 400],
      [{ version, text: 'x', body: Buffer.from('no Brotli at all') }, 400],
      [{ version, text: code, body: compress(code).subarray(0, 5_000) }, 400],
      [{ version, text: ' '.repeat(UPGRADE_MAX_BYTES + 1) }, 413],
      [{ version: '../../etc', text: 'x' }, 400],
      [{ version: '..', text: 'x' }, 400],
    ];
    for (const [given, status] of bad) expect((await offer(daemon, given)).status).toBe(status);
    expect(await readdir(daemon.folders.upgradesPath)).toEqual([]);
    expect(await health(daemon)).toMatchObject({ version: runtime.version, next_version: null });
  });

  it('is for its user to read and not to write', async () => {
    await using daemon = await DaemonProcess.create();
    await mkdir(daemon.folders.upgradesPath, { recursive: true });
    await daemon.start(program());
    await offer(daemon, { version: 'newer', text: code });
    const { upgradesPath } = daemon.folders;
    for (const [name, mode] of [
      ['.', 0o755],
      ['newer', 0o755],
      ['newer/daemon-code.js', 0o644],
      ['next.json', 0o644],
    ] as const) {
      const { mode: found, uid } = await stat(path.join(upgradesPath, name));
      expect([name, found & 0o777, uid]).toEqual([name, mode, process.getuid?.()]);
    }
  });
});
