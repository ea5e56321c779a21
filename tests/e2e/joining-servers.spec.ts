import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import type { CreatedJoinToken } from '@podex/contracts/join-tokens';
import type { Server } from '@podex/contracts/servers';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInFiles } from '../stack/secret-scan.ts';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import {
  beginCommand,
  createRunningWorkspace,
  deleteWorkspace,
  lookAtCommand,
  runToEnd,
} from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestServer } from '../testbed/test-server.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';

const SYSTEMCTL_FOLDER = path.join(REPOSITORY, 'tests/doubles/systemd');
const READY_TIMEOUT_MS = 90_000;

let testbed: Testbed;
let stack: Stack;

beforeAll(async () => {
  testbed = await startTestbed({ directory: temporaryFolder('testbed', '/var/tmp'), servers: 2 });
  stack = await startStack({ storage: serverAt(0).storagePath, apiAddress: testbed.address });
  for (const server of testbed.servers) await strip(server);
});

afterAll(async () => {
  await stack?.stop();
  await testbed?.stop();
});

function serverAt(index: number): TestServer {
  const server = testbed.servers[index];
  if (!server) throw new Error(`no test server ${index}`);
  return server;
}

const engineFolder = (server: TestServer) => path.dirname(server.dataDirectory);
const configOf = (server: TestServer) => path.join(engineFolder(server), 'daemon.json');
const certificatesOf = (server: TestServer) => path.join(engineFolder(server), 'joined');
const readSettings = async (server: TestServer) => JSON.parse(await readFile(configOf(server), 'utf8'));
const readCertificate = async (server: TestServer) =>
  new X509Certificate(await readFile(path.join(certificatesOf(server), 'server-cert.pem')));

/** An engine as a package installs it: it listens on its own socket alone. */
async function strip(server: TestServer): Promise<void> {
  const {
    hosts,
    tlsverify: _v,
    tlscacert: _a,
    tlscert: _c,
    tlskey: _k,
    ...settings
  } = await readSettings(server);
  settings.hosts = hosts.filter((host: string) => host.startsWith('unix:'));
  await server.stop();
  await writeFile(configOf(server), JSON.stringify(settings));
  await server.start();
}

async function askAsAdmin<Result>(method: string, route: string, body?: object): Promise<Result> {
  const response = await fetch(`${stack.apiUrl}${route}`, {
    method,
    headers: { authorization: `Bearer ${stack.admin.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Result;
}

const invite = (server: TestServer) =>
  askAsAdmin<CreatedJoinToken>('POST', '/api/admin/servers/join_tokens', {
    name: server.name,
    hostname: server.address,
  });

/** `podex servers join` on that host, as root. */
function join(server: TestServer, token: string, ...options: string[]): Promise<string> {
  const url = `http://${testbed.address}:${new URL(stack.apiUrl).port}`;
  const variables = [
    `PODEX_TEST_ENGINE=${engineFolder(server)}`,
    // The first as Debian’s unit has it; the second has settings of its own.
    `PODEX_TEST_ENGINE_FLAGS=${server === serverAt(0) ? '-H fd://' : ''}`,
    `PATH=${SYSTEMCTL_FOLDER}:/usr/sbin:/usr/bin:/sbin:/bin`,
    `PODEX_HOME=${engineFolder(server)}/home`,
  ];
  const command = [process.execPath, path.join(REPOSITORY, 'apps/cli/src/main.ts'), 'servers', 'join'];
  const folders = ['--certificates', certificatesOf(server), '--storage', server.storagePath];
  return server.enter(
    ['env', ...variables, ...command, '--token', token, '--url', url, '--allow-http', ...folders, ...options],
    { timeoutMs: 120_000 },
  );
}

const listServers = async () => (await askAsAdmin<{ items: Server[] }>('GET', '/api/admin/servers')).items;

async function untilReady(server: TestServer): Promise<Server> {
  return waitUntil(
    async () => (await listServers()).find(({ name, status }) => name === server.name && status === 'ready'),
    { timeoutMs: READY_TIMEOUT_MS, everyMs: 200 },
  );
}

async function isListening(server: TestServer): Promise<true | undefined> {
  const listeners = await server.enter(['ss', '--listening', '--tcp', '--numeric', '--no-header']);
  return listeners.includes(`${server.address}:2376`) || undefined;
}

async function sendAway(server: TestServer): Promise<void> {
  const socket = connect(2376, server.address).end('leave');
  await once(socket, 'close').catch(() => undefined);
}

describe('a server that joins with a token', () => {
  let key: string;

  beforeAll(async () => {
    // Of this host alone, as /etc of a machine of its own would be.
    await serverAt(0).enter(['mount', '-t', 'tmpfs', 'tmpfs', '/etc/systemd']);
  });

  it('shows what it would do, and does nothing', async () => {
    const server = serverAt(0);
    const before = await readFile(configOf(server), 'utf8');
    const { token } = await invite(server);
    const text = await join(server, token, '--dry-run');
    expect(text).toContain(`This machine joins as ws-1; its engine listens at ${server.address}:2376`);
    expect(text).toContain(`tcp://${server.address}:2376`);
    expect(text).toContain('the token is still good');
    expect(await readFile(configOf(server), 'utf8')).toBe(before);
    await expect(stat(certificatesOf(server))).rejects.toThrow('ENOENT');
    expect(await listServers()).toEqual([]);
  });

  it('is no other machine than the one that its token is for', async () => {
    const { token } = await invite(serverAt(0));
    await expect(join(serverAt(1), token)).rejects.toThrow(
      `The token is for a server at ${serverAt(0).address}, which is not an address of this machine`,
    );
    const forged = join(serverAt(1), token, '--listen', serverAt(1).address, '--dry-run');
    expect(await forged).toContain('joins as ws-1');
    expect(await listServers()).toEqual([]);
  });

  it('gets its certificate, is restarted with it and becomes ready, and workspaces run on it', async () => {
    const server = serverAt(0);
    const { token } = await invite(server);
    const text = await join(server, token);
    expect(text).toContain('The engine runs, and takes nobody without a certificate of your Podex');
    expect(await readFile(path.join(engineFolder(server), 'starts'), 'utf8')).not.toContain('fd://');
    expect(await readSettings(server)).toMatchObject({
      hosts: [`unix://${server.socketPath}`, `tcp://${server.address}:2376`],
      tlsverify: true,
      'live-restore': true,
      runtimes: { runsc: expect.anything() },
      'storage-driver': 'overlay2',
    });
    const keyFile = path.join(certificatesOf(server), 'server-key.pem');
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    key = await readFile(keyFile, 'utf8');
    const certificate = await readCertificate(server);
    expect([certificate.checkIP(server.address), certificate.keyUsage]).toEqual([
      server.address,
      ['1.3.6.1.5.5.7.3.1'],
    ]);

    const ready = await untilReady(server);
    expect(ready).toMatchObject({ enrolled: true, hostname: server.address });
    const person = await stack.signUp();
    const workspace = await createRunningWorkspace(person, 'on-a-joined-server');
    expect((await runToEnd(person, workspace, 'dmesg')).output).toMatch(/gVisor/i);
    await deleteWorkspace(person, workspace);
  });

  it('takes nobody but compute: no client without a certificate, of another authority, or with that of a server', async () => {
    const [server, other] = [serverAt(0), serverAt(1)];
    const ca = path.join(certificatesOf(server), 'ca.pem');
    const refused = (tls: { cert?: string; key?: string }) =>
      expect(server.docker(['version'], { tls: { ca, ...tls } })).rejects.toThrow(/certificate/);
    await refused({});
    await refused({ cert: server.tls.cert, key: server.tls.key });
    await refused({ cert: other.tls.cert, key: other.tls.key });
    const own = (name: string) => path.join(certificatesOf(server), name);
    await refused({ cert: own('server-cert.pem'), key: own('server-key.pem') });
    const [registered] = await listServers();
    const { tls_cert_path: cert, tls_key_path: clientKey } = registered ?? {};
    const good = { ca, cert: cert ?? '', key: clientKey ?? '' };
    expect(await server.docker(['version', '--format', '{{.Server.Os}}'], { tls: good })).toBe('linux');
  });

  it('is renewed: a new key and certificate, the same server, and what runs there goes on', async () => {
    const server = serverAt(0);
    const person = await stack.signUp();
    const workspace = await createRunningWorkspace(person, 'goes-on');
    const command = await beginCommand(person, workspace, 'sleep 600');
    expect((await untilReady(server)).facts?.live_restore).toBe(true);
    const [before, certificate] = [await untilReady(server), await readCertificate(server)];
    const settings = await readSettings(server);
    const { token } = await askAsAdmin<CreatedJoinToken>('POST', `/api/admin/servers/${before.id}/renew`);
    await join(server, token);
    const after = await untilReady(server);
    expect(after.id).toBe(before.id);
    expect((await readCertificate(server)).serialNumber).not.toBe(certificate.serialNumber);
    expect(await readSettings(server)).toEqual(settings);
    expect(await listServers()).toHaveLength(1);
    // One that ended with its container would be known as killed.
    expect(await lookAtCommand(person, workspace, command)).toMatchObject({ status: 'running' });
    await deleteWorkspace(person, workspace);
  });

  it('is as it was before when its engine does not start', async () => {
    const server = serverAt(1);
    const settings = await readFile(configOf(server), 'utf8');
    const { token } = await invite(server);
    // Compute connects as well; only the word ends it.
    const listen = `require('net').createServer((socket) => socket.on('error', () => {}).once('data', (data) =>
      data.includes('leave') ? process.exit() : socket.destroy())).listen(2376, '${server.address}')`;
    const squatter = server.enter([process.execPath, '--eval', listen], { timeoutMs: 120_000 });
    await waitUntil(() => isListening(server), { timeoutMs: 10_000, everyMs: 50 });
    await expect(join(server, token)).rejects.toThrow(
      /does not start with its new settings[\s\S]*Everything is as it was before/,
    );
    await sendAway(server);
    await squatter;
    expect(await readFile(configOf(server), 'utf8')).toBe(settings);
    expect(await readdir(certificatesOf(server))).toEqual([]);
    const local = [
      'docker',
      '--host',
      `unix://${server.socketPath}`,
      'version',
      '--format',
      '{{.Server.Os}}',
    ];
    expect(await server.enter(local)).toBe('linux');
  });

  it('can be restarted by others', async () => {
    const server = serverAt(1);
    const { token } = await invite(server);
    const text = await join(server, token, '--files-only', '--config-file', configOf(server));
    expect(text).toContain(`Now restart the engine: dockerd --config-file ${configOf(server)}`);
    await server.stop();
    await server.start();
    await untilReady(server);
    const ca = path.join(certificatesOf(serverAt(0)), 'ca.pem');
    const own = (name: string) => path.join(certificatesOf(server), name);
    const asServer = { ca, cert: own('server-cert.pem'), key: own('server-key.pem') };
    await expect(serverAt(0).docker(['version'], { tls: asServer })).rejects.toThrow(/certificate/);
  });

  it('has told nobody its key, and its token stands nowhere', async () => {
    const [line = ''] = key.split('\n').slice(2);
    expect(line.length).toBeGreaterThan(20);
    const { token } = await invite(serverAt(1));
    await join(serverAt(1), token, '--files-only', '--config-file', configOf(serverAt(1)));
    const folders = [stack.logDirectory, stack.postgres.directory];
    expect(await findInFiles(folders, [line, token])).toEqual([]);
  });
});
