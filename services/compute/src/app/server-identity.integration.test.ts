import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { ServerId } from '@podex/contracts/ids';
import type { ServerRecord } from '@podex/contracts/internal/compute';
import type { ServerCheck } from '@podex/contracts/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { type ClientTls, createClientCertificate } from '../../../../tests/testbed/certificates.ts';
import type { TestServer } from '../../../../tests/testbed/test-server.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';

/** A look at the files every 5 seconds, then a preflight. */
const NOTICED_WITHIN = { timeout: 15_000, interval: 100 };

let testbed: Testbed;
let compute: ComputeFixture;

function serverAt(index: number): TestServer {
  const server = testbed.servers[index];
  if (server === undefined) throw new Error(`the testbed has no server ${index}`);
  return server;
}

function register(server: TestServer, name: string, tls: ClientTls, fields: Partial<ServerRecord> = {}) {
  const { ca, cert, key } = tls;
  const at = { hostname: server.address, docker_port: server.port };
  return compute.api.addServer({
    name,
    ...at,
    tls_ca_path: ca,
    tls_cert_path: cert,
    tls_key_path: key,
    ...fields,
  });
}

/** The server’s certificates in files of the test’s own, which it may replace. */
async function ownFiles(server: TestServer): Promise<ClientTls & { directory: string }> {
  const directory = temporaryFolder('tls');
  const files = { ca: path.join(directory, 'ca.pem'), cert: path.join(directory, 'cert.pem') };
  const tls = { ...files, key: path.join(directory, 'key.pem') };
  await replace(tls, server.tls);
  return { ...tls, directory };
}

async function replace(tls: ClientTls, by: ClientTls): Promise<void> {
  for (const part of ['ca', 'cert', 'key'] as const) await copyFile(by[part], tls[part]);
}

function lastOf(id: ServerId) {
  return compute.api.serverObservations.get(id)?.at(-1);
}

function checkOf(id: ServerId, name: ServerCheck['name']): ServerCheck | undefined {
  return lastOf(id)?.checks.find((check) => check.name === name);
}

beforeAll(async () => {
  testbed = await startTestbed({ directory: temporaryFolder('testbed'), servers: 2 });
  compute = await startComputeFixture({}, serverAt(0).storagePath);
});

afterAll(async () => {
  await compute?.stop();
  await testbed?.stop();
});

describe('the certificates of a server', () => {
  it('are used without a restart when they are replaced, and those that do not fit are not', {
    timeout: 120_000,
  }, async () => {
    const server = serverAt(0);
    const tls = await ownFiles(server);
    const id = register(server, 'rotated', tls);
    await compute.api.untilServer(id, 'ready', 60_000);
    expect(checkOf(id, 'client_certificate')).toMatchObject({ ok: true });
    expect(checkOf(id, 'client_certificate')?.warning).toBeUndefined();
    expect(checkOf(id, 'tls')).toMatchObject({ ok: true });
    const workspace = compute.api.createWorkspace();
    expect((await compute.api.untilSettled(workspace, 60_000)).status).toBe('running');
    expect(await compute.client.run(workspace, 'echo before')).toBe('before\n');

    const prefix = path.join(tls.directory, 'next');
    const next = await createClientCertificate(server.certificatesDirectory, prefix, 5);
    await replace(tls, { ...next, ca: server.tls.ca });
    await expect.poll(() => checkOf(id, 'client_certificate')?.warning, NOTICED_WITHIN).toBe(true);
    expect(lastOf(id)).toMatchObject({ status: 'ready', reason: expect.stringMatching(/\(4 days\)/) });
    const metrics = await (await compute.client.metrics()).text();
    const figure = /podex_server_certificate_expires_seconds\{server="rotated",side="client".*\} (\d+)/;
    expect(Number(figure.exec(metrics)?.[1])).toBeLessThan(5 * 86_400);
    expect(await compute.client.run(workspace, 'echo after')).toBe('after\n');

    await copyFile(serverAt(1).tls.key, tls.key);
    await expect.poll(() => checkOf(id, 'client_certificate')?.ok, NOTICED_WITHIN).toBe(false);
    expect(lastOf(id)).toMatchObject({
      status: 'unfit',
      reason: expect.stringMatching(/does not belong to/),
    });
    // What runs goes on over the connection that is there.
    expect(await compute.client.run(workspace, 'echo still')).toBe('still\n');

    await replace(tls, server.tls);
    await expect.poll(() => lastOf(id)?.status, { ...NOTICED_WITHIN, timeout: 30_000 }).toBe('ready');
    compute.api.want(workspace, { desired_status: 'deleted' });
    expect((await compute.api.untilSettled(workspace, 60_000)).status).toBe('deleted');
    compute.api.servers.delete(id);
  });

  it('are named when they are not there or are no certificates', async () => {
    const tls = await ownFiles(serverAt(0));
    const missing = register(serverAt(0), 'no-file', { ...tls, ca: '/nowhere/ca.pem' });
    const folder = register(serverAt(0), 'a-folder', { ...tls, cert: tls.directory });
    const swapped = register(serverAt(0), 'cert-as-key', { ...tls, key: tls.cert });
    for (const id of [missing, folder, swapped]) {
      const seen = await compute.api.untilServer(id, 'unreachable', 60_000);
      expect(seen.checks).toEqual([
        { name: 'client_certificate', ok: false, detail: expect.stringMatching(/\. [A-Z].*\.$/) },
      ]);
      compute.api.servers.delete(id);
    }
  });
});

describe('two servers that swap their addresses', () => {
  it('get nothing, and nothing of theirs is held for lost, until they are accepted', {
    timeout: 180_000,
  }, async () => {
    const servers = [serverAt(0), serverAt(1)];
    const ids = servers.map((server, index) => register(server, `swap-${index + 1}`, server.tls));
    for (const id of ids) await compute.api.untilServer(id, 'ready', 60_000);
    await expect.poll(() => ids.every((id) => compute.api.servers.get(id)?.engine_id !== null)).toBe(true);
    const workspace = compute.api.createWorkspace();
    expect((await compute.api.untilSettled(workspace, 60_000)).status).toBe('running');
    const records = ids.map(recordOf);
    const snapshots = () => ids.map((id) => compute.api.snapshots.get(id)?.length);

    swap(records);
    for (const id of ids) {
      const seen = await compute.api.untilServer(id, 'unfit', 60_000);
      expect(seen.reason).toMatch(/^Another engine responds at this address/);
      expect(seen.reason).toMatch(/--accept-engine/);
      // Nothing was made on it.
      expect(seen.checks.map(({ name }) => name)).not.toContain('runtime');
    }
    const before = snapshots();
    expect((await compute.client.inside(workspace, '/files')).status).toBe(503);
    compute.api.want(workspace, { desired_status: 'deleted' });
    await expect.poll(() => compute.api.task(workspace).status, { timeout: 20_000 }).toBe('unreachable');
    expect(snapshots()).toEqual(before);

    for (const record of records)
      compute.api.servers.set(record.id, { ...record, version: record.version + 2 });
    for (const id of ids) await compute.api.untilServer(id, 'ready', 60_000);
    expect((await compute.api.untilSettled(workspace, 60_000)).status).toBe('deleted');
  });
});

function recordOf(id: ServerId): ServerRecord {
  const record = compute.api.servers.get(id);
  if (record === undefined) throw new Error('it is registered');
  return record;
}

/** Each is registered at the other’s address, with the certificates that are taken there. */
function swap(records: readonly ServerRecord[]): void {
  for (const [index, own] of records.entries()) {
    const { hostname, tls_ca_path, tls_cert_path, tls_key_path } = records.at(index - 1) ?? own;
    const at = { hostname, tls_ca_path, tls_cert_path, tls_key_path };
    compute.api.servers.set(own.id, { ...own, ...at, version: own.version + 1 });
  }
}

describe('a server that has less than was registered', () => {
  it('takes work, and says so with both figures', { timeout: 60_000 }, async () => {
    const id = register(serverAt(0), 'lying', serverAt(0).tls, {
      total_cpu: 4000,
      total_memory_mb: 9_999_999,
    });
    const { reason, checks } = await compute.api.untilServer(id, 'ready', 60_000);
    expect(reason).toMatch(/less than was registered \(CPU: 4000 registered, \d+ there; memory: 9999999 MB/);
    expect(checks.find(({ name }) => name === 'capacity')).toMatchObject({ ok: true, warning: true });
  });
});
