import type { ServerId } from '@podex/contracts/ids';
import type { ObserveServerInput, ServerRecord } from '@podex/contracts/internal/compute';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import type { TestServer } from '../../../../tests/testbed/test-server.ts';
import { startTestbed, type Testbed } from '../../../../tests/testbed/testbed.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';

let testbed: Testbed;
let compute: ComputeFixture;

interface Credentials {
  ca: string;
  cert: string;
  key: string;
}

function serverAt(index: number): TestServer {
  const server = testbed.servers[index];
  if (server === undefined) throw new Error(`the testbed has no server ${index}`);
  return server;
}

function register(
  server: TestServer,
  fields: { name: string; tls?: Credentials; hostname?: string } & Partial<ServerRecord>,
): ServerId {
  const { tls = server.tls, ...rest } = fields;
  return compute.api.addServer({
    hostname: server.address,
    docker_port: server.port,
    tls_ca_path: tls.ca,
    tls_cert_path: tls.cert,
    tls_key_path: tls.key,
    ...rest,
  });
}

async function seen(id: ServerId, status: ObserveServerInput['status']): Promise<string> {
  const { reason } = await compute.api.untilServer(id, status, 60_000);
  return reason ?? '';
}

beforeAll(async () => {
  testbed = await startTestbed({
    directory: temporaryFolder('testbed'),
    servers: [
      {},
      {},
      { runtimes: 'runc-only' },
      { runtimes: 'runsc-is-runc' },
      { certificate: 'wrong-name' },
      { certificate: 'expired' },
    ],
  });
  compute = await startComputeFixture({}, serverAt(0).storagePath);
});

afterAll(async () => {
  await compute?.stop();
  await testbed?.stop();
});

describe('a server that is not to be trusted', () => {
  it.each([
    ['foreignAuthority', /refused our client certificate/],
    ['serverOnly', /refused our client certificate/],
    ['expired', /our client certificate expired on \d{4}/],
  ] as const)('refuses the client certificate “%s”, and the reason names it', async (kind, words) => {
    const server = serverAt(0);
    const tls = server.refused[kind];
    const reason = await seen(
      register(server, { name: `refused-${kind.toLowerCase()}`, tls }),
      'unreachable',
    );
    expect(reason).toMatch(words);
    expect(reason).toContain(tls.cert);
  });

  it('has another CA than the registered one', async () => {
    const tls = { ...serverAt(0).tls, ca: serverAt(1).tls.ca };
    const reason = await seen(register(serverAt(0), { name: 'other-ca', tls }), 'unreachable');
    expect(reason).toContain('not signed by the registered CA');
    expect(reason).toContain(tls.ca);
  });

  it('bears another host’s name', async () => {
    const reason = await seen(register(serverAt(4), { name: 'wrong-name' }), 'unreachable');
    expect(reason).toContain('for another host name');
  });

  it('has an expired certificate', async () => {
    expect(await seen(register(serverAt(5), { name: 'expired' }), 'unreachable')).toContain('has expired');
  });

  it('is registered with a certificate that is not there, or does not fit its key', async () => {
    const server = serverAt(0);
    const missing = { ...server.tls, cert: '/nowhere/client-cert.pem' };
    expect(await seen(register(server, { name: 'missing', tls: missing }), 'unreachable')).toContain(
      'is missing',
    );
    const unpaired = { ...server.tls, key: serverAt(1).tls.key };
    expect(await seen(register(server, { name: 'unpaired', tls: unpaired }), 'unreachable')).toContain(
      'does not belong to',
    );
  });

  it('listens without TLS, or not at all', async () => {
    const server = serverAt(0);
    const plain = { name: 'plain', tls_ca_path: null, tls_cert_path: null, tls_key_path: null };
    expect(await seen(register(server, plain), 'unreachable')).toContain('plain TCP is never used');
    const closed = register(server, { name: 'closed', docker_port: 2377 });
    expect(await seen(closed, 'unreachable')).toContain('nothing listens there');
  });
});

describe('a server that is not isolated', () => {
  it('has no gVisor', async () => {
    expect(await seen(register(serverAt(2), { name: 'runc-only' }), 'unfit')).toContain(
      'no runtime named runsc',
    );
  });

  it('calls runc runsc', async () => {
    expect(await seen(register(serverAt(3), { name: 'runsc-is-runc' }), 'unfit')).toMatch(
      /not gVisor|not inside gVisor/,
    );
  });

  it('gets no workspace', async () => {
    const id = compute.api.createWorkspace();
    await expect
      .poll(() => compute.api.observations(id).at(-1)?.reason, { timeout: 20_000 })
      .toMatch(/None of the \d+ workspace servers can take it|The workspace server cannot take it/);
    compute.api.want(id, { desired_status: 'deleted' });
    expect(await compute.api.untilSettled(id)).toMatchObject({ status: 'deleted' });
    expect(await serverAt(3).docker(['ps', '--all', '--quiet'])).toBe('');
  });
});

describe('two good servers', () => {
  let ids: readonly [ServerId, ServerId];

  beforeAll(async () => {
    ids = [register(serverAt(0), { name: 'ws-1' }), register(serverAt(1), { name: 'ws-2' })];
    for (const id of ids) await seen(id, 'ready');
  });

  it('share the workspaces, which are reached over TLS', async () => {
    const workspaces = [compute.api.createWorkspace(), compute.api.createWorkspace()];
    for (const id of workspaces) expect((await compute.api.untilSettled(id, 60_000)).status).toBe('running');
    expect(new Set(workspaces.map((id) => compute.api.task(id).server_id))).toEqual(new Set(ids));
    for (const id of workspaces) expect(await compute.client.run(id, 'dmesg')).toMatch(/gVisor/i);
    for (const id of workspaces) compute.api.want(id, { desired_status: 'deleted' });
    for (const id of workspaces) expect((await compute.api.untilSettled(id)).status).toBe('deleted');
  });

  it('are given up when the network is cut, and taken back with what runs there', {
    timeout: 240_000,
  }, async () => {
    const id = compute.api.createWorkspace();
    await compute.api.untilSettled(id, 60_000);
    const index = compute.api.task(id).server_id === ids[0] ? 0 : 1;
    const server = serverAt(index);
    await compute.client.run(id, 'echo alive > alive');
    await server.cut();
    const cutAt = performance.now();
    const [serverId] = index === 0 ? ids : [ids[1]];
    expect(await seen(serverId, 'unreachable')).toMatch(/within \d+ ms/);
    expect(performance.now() - cutAt).toBeLessThan(45_000);
    const response = await compute.client.inside(id, '/files');
    expect(response.status).toBe(503);
    expect((await response.json()).error.code).toBe('server_unreachable');
    compute.api.want(id, { desired_status: 'stopped' });
    await expect.poll(() => compute.api.task(id).status, { timeout: 20_000 }).toBe('unreachable');
    compute.api.want(id, { desired_status: 'running' });
    await server.heal();
    await seen(serverId, 'ready');
    expect((await compute.api.untilSettled(id, 60_000)).status).toBe('running');
    expect(await compute.client.run(id, 'cat alive')).toBe('alive\n');
  });

  it('lose no shell when the engine crashes', { timeout: 120_000 }, async () => {
    const id = compute.api.createWorkspace();
    await compute.api.untilSettled(id, 60_000);
    const index = compute.api.task(id).server_id === ids[0] ? 0 : 1;
    await compute.client.run(id, 'nohup sleep 300 >/dev/null 2>&1 & echo $! > pid');
    await serverAt(index).kill();
    await serverAt(index).start();
    await expect
      .poll(() => compute.client.run(id, 'kill -0 $(cat pid) && echo same').catch(() => ''), {
        timeout: 40_000,
      })
      .toBe('same\n');
    compute.api.want(id, { desired_status: 'deleted' });
    expect((await compute.api.untilSettled(id, 60_000)).status).toBe('deleted');
  });

  it('start what a power loss ended', { timeout: 240_000 }, async () => {
    const id = compute.api.createWorkspace();
    await compute.api.untilSettled(id, 60_000);
    const index = compute.api.task(id).server_id === ids[0] ? 0 : 1;
    await compute.client.run(id, 'echo stored > stored; sync');
    await serverAt(index).crash();
    await seen(index === 0 ? ids[0] : ids[1], 'unreachable');
    await serverAt(index).boot();
    await seen(index === 0 ? ids[0] : ids[1], 'ready');
    await expect
      .poll(() => compute.client.run(id, 'cat stored').catch(() => ''), { timeout: 60_000 })
      .toBe('stored\n');
  });
});
