import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { createRequestListener } from '../http/router.ts';
import { startUnixServer, type UnixServer } from '../http/unix-server.ts';
import { SpaceReserve } from '../journal/space-reserve.ts';
import { createLogger } from '../logging/logger.ts';
import { InheritedDescriptors } from '../spawning/inherited-descriptors.ts';
import { contentPath, FilesClient } from '../testing/files-client.ts';
import { type RunningTestDaemon, startTestDaemon, until } from '../testing/test-daemon.ts';
import { UnixClient } from '../testing/unix-client.ts';
import { ChangeJournal } from './change-journal.ts';
import { filesGatewayRoutes } from './files-gateway-routes.ts';
import { FilesProcessSupervisor } from './files-process-supervisor.ts';
import { KeyedChanges } from './keyed-changes.ts';

describe('the files process of a user with bad intentions', () => {
  let daemon: RunningTestDaemon;
  let files: FilesClient;
  beforeAll(async () => {
    daemon = await startTestDaemon();
    files = new FilesClient(daemon.client);
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  it('opens no debugger by a signal, and lives on', async () => {
    await files.write('before', 'x');
    const pid = await findFilesProcess();
    expect(await catchesDebuggerSignal(pid)).toBe(false);
    process.kill(pid, 'SIGUSR1');
    expect((await files.read('before')).status).toBe(200);
    expect(await findFilesProcess()).toBe(pid);
    expect(await listeningTcpSockets(pid)).toEqual([]);
  });

  it('writes nothing of a body that broke off', async () => {
    for (const framing of [
      'Content-Length: 10\r\n\r\nabc',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ]) {
      const socket = connect(daemon.folders.socketPath);
      socket.on('error', () => undefined);
      socket.write(`PUT ${contentPath('half')} HTTP/1.1\r\nHost: x\r\n${framing}`);
      await until(async () => (await staged(daemon.folders.homePath)).length === 1);
      socket.destroy();
      await until(async () => (await staged(daemon.folders.homePath)).length === 0);
      expect((await files.read('half')).code).toBe('file_not_found');
    }
  });

  it('keeps the next request apart from a body that was not wanted', async () => {
    await files.write('guarded', 'x');
    const socket = connect(daemon.folders.socketPath);
    socket.on('error', () => undefined);
    socket.write(
      `PUT ${contentPath('guarded')} HTTP/1.1\r\nHost: x\r\nIf-Match: "wrong"\r\nContent-Length: 1000\r\n\r\nabc`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 412 /);
    expect((await files.read('guarded')).body.toString()).toBe('x');
  });
});

/** A files process that the user has replaced. */
const HOSTILE_SCRIPT = `
const started = require('node:fs').readFileSync('/proc/self/environ', 'utf8');
const { createServer } = require('node:http');
const socketPath = process.argv[process.argv.indexOf('--socket') + 1];
require('node:fs').rmSync(socketPath, { force: true });
createServer((request, response) => {
  if (request.url.includes('environment')) return response.end(started);
  if (request.url.includes('redirect')) return response.writeHead(302, { location: 'https://evil.example' }).end();
  if (request.url.includes('upgrade')) return request.socket.end('HTTP/1.1 101 Yes\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n');
  if (request.url.includes('short')) return request.socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nabc');
  response.writeHead(200, {
    'set-cookie': 'a=b', 'content-security-policy': 'script-src *', 'access-control-allow-origin': '*', 'x-request-id': 'theirs',
    'x-seen': Object.keys(request.headers).join(), 'x-output-offset': '7', location: '/elsewhere', connection: 'x-request-id', etag: '"1"',
  });
  response.end('bytes');
}).listen(socketPath, () => process.send({ type: 'listening' }));
process.on('disconnect', () => process.exit());
`;

describe('a files process that answers what it likes', () => {
  let root: string;
  let server: UnixServer;
  let supervisor: FilesProcessSupervisor;
  let journal: ChangeJournal;
  let client: UnixClient;
  beforeAll(async () => {
    root = temporaryFolder('hostile');
    const entryPath = path.join(root, 'hostile.cjs');
    await writeFile(entryPath, HOSTILE_SCRIPT);
    const logger = createLogger('daemon', { write: () => undefined });
    const socketPath = path.join(root, 'files.sock');
    supervisor = new FilesProcessSupervisor({
      entryPath,
      commandLine: ['--socket', socketPath],
      // Either would keep Node from starting.
      environment: { NODE_OPTIONS: '--require=/nowhere.js', LD_PRELOAD: '/nowhere.so', PLAIN: 'kept' },
      socketPath,
      inherited: new InheritedDescriptors(),
      idleMs: 60_000,
      logger,
    });
    const reserve = new SpaceReserve(path.join(root, 'reserve'));
    journal = await ChangeJournal.open({ statePath: root, reserve, logger });
    const routes = filesGatewayRoutes({
      files: supervisor,
      changes: new KeyedChanges({ files: supervisor, journal }),
    });
    const daemonSocket = path.join(root, 'run', 'daemon.sock');
    server = await startUnixServer({
      socketPath: daemonSocket,
      onRequest: createRequestListener(routes, logger),
    });
    client = new UnixClient(daemonSocket);
  });
  afterAll(async () => {
    await server.close(0);
    await supervisor.stop();
    await journal.close();
    await rm(root, { recursive: true });
  });

  it('takes no variable by which code is loaded into it', async () => {
    const seen = await client.send('GET', '/files?path=environment');
    const names = seen.body
      .toString()
      .split('\0')
      .map((variable) => variable.split('=')[0]);
    expect(names).toContain('PLAIN');
    expect(names.filter((name) => name === 'NODE_OPTIONS' || name === 'LD_PRELOAD')).toEqual([]);
  });

  it('says only what files have to say', async () => {
    const response = await client.send('GET', '/files/content?path=a', {
      headers: { 'x-request-id': 'request-1' },
    });
    const { date: _date, ...headers } = response.headers;
    expect(headers).toEqual({
      connection: 'close',
      etag: '"1"',
      'transfer-encoding': 'chunked',
      'x-request-id': 'request-1',
    });
  });

  it.each(['redirect', 'upgrade'])('leads nobody elsewhere by %s', async (trick) => {
    const response = await client.send('GET', `/files?path=${trick}`);
    expect([response.status, response.code]).toEqual([503, 'service_unavailable']);
  });

  it('breaks off, and so does the daemon', async () => {
    await expect(client.send('GET', '/files?path=short')).rejects.toThrow('aborted');
    expect((await client.send('GET', '/files?path=a')).body.toString()).toBe('bytes');
  });
});

async function staged(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
}

/** The files process of the daemon in this process; it names itself. */
async function findFilesProcess(): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const title = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (status.includes(`\nPPid:\t${process.pid}\n`) && title.startsWith('podex-files')) return Number(name);
  }
  throw new Error('the files process does not run');
}

/** Node catches SIGUSR1 for as long as the signal can open its debugger. */
async function catchesDebuggerSignal(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1]}`);
  return (caught & (1n << 9n)) !== 0n;
}

async function listeningTcpSockets(pid: number): Promise<string[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const rows = tables
    .join('\n')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const listening = new Set(rows.filter((row) => row[3] === '0A').map((row) => `socket:[${row[9]}]`));
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(
    descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  return targets.filter((target) => listening.has(target));
}
