import type { Server } from '@podex/contracts/servers';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestServer } from '../testbed/test-server.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';

let testbed: Testbed;
let stack: Stack;

beforeAll(async () => {
  const directory = temporaryFolder('testbed', '/var/tmp');
  testbed = await startTestbed({
    directory,
    servers: [
      {},
      {},
      {},
      { runtimes: 'runc-only' },
      { runtimes: 'runsc-is-runc' },
      { certificate: 'wrong-name' },
    ],
  });
  stack = await startStack({ storage: testbed.servers[0]?.storagePath ?? '' });
});

afterAll(async () => {
  await stack?.stop();
  await testbed?.stop();
});

interface Credentials {
  ca: string;
  cert: string;
  key: string;
}

/** The literal body of the operator’s guide. */
async function register(server: TestServer, name: string, tls: Credentials = server.tls): Promise<Server> {
  const response = await fetch(`${stack.apiUrl}/api/admin/servers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.admin.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name,
      hostname: server.address,
      docker_port: 2376,
      tls_ca_path: tls.ca,
      tls_cert_path: tls.cert,
      tls_key_path: tls.key,
      total_cpu: 8,
      total_memory_mb: 32768,
      total_disk_gb: 100,
    }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as Server;
}

async function statusOf(serverId: string): Promise<Server> {
  const { data } = await stack.admin.client.GET('/api/admin/servers/{server_id}', {
    params: { path: { server_id: serverId } },
  });
  if (!data) throw new Error('no such server');
  return data as Server;
}

async function waitForStatus(serverId: string, status: string, timeoutMs = 90_000): Promise<Server> {
  return waitUntil(
    async () => {
      const server = await statusOf(serverId);
      return server.status === status ? server : undefined;
    },
    { timeoutMs, everyMs: 200 },
  );
}

function serverAt(index: number): TestServer {
  const server = testbed.servers[index];
  if (!server) throw new Error(`no test server ${index}`);
  return server;
}

describe('three workspace servers', () => {
  const ids: string[] = [];

  it('are registered with the guide’s body and become ready once their preflight has passed', async () => {
    for (const index of [0, 1, 2]) ids.push((await register(serverAt(index), `ws-${index + 1}`)).id);
    for (const id of ids) {
      const server = await waitForStatus(id, 'ready');
      expect(server.facts?.sandbox_kernel).toMatch(/gvisor/i);
      expect(server.checks.every((check) => check.ok)).toBe(true);
    }
  });

  it('share the workspaces, each of which runs under gVisor', async () => {
    const person = await stack.signUp();
    const workspaces = await Promise.all(
      ['one', 'two', 'three'].map((name) => createRunningWorkspace(person, name)),
    );
    const { data } = await person.client.GET('/api/workspaces');
    expect(new Set(data?.items.map((workspace) => workspace.server_id)).size).toBe(3);
    for (const id of workspaces) expect((await runToEnd(person, id, 'dmesg')).output).toMatch(/gVisor/i);
    for (const id of workspaces) await deleteWorkspace(person, id);
  });

  it('show when one cannot be reached, give it nothing, and take it back when it answers again', async () => {
    await serverAt(2).cut();
    const gone = await waitForStatus(ids[2] ?? '', 'unreachable');
    expect(gone.reason).toBeTruthy();
    const person = await stack.signUp();
    const workspace = await createRunningWorkspace(person, 'elsewhere');
    const { data } = await person.client.GET('/api/workspaces/{workspace_id}', {
      params: { path: { workspace_id: workspace } },
    });
    expect(data?.server_id).not.toBe(ids[2]);
    await deleteWorkspace(person, workspace);
    await serverAt(2).heal();
    await waitForStatus(ids[2] ?? '', 'ready');
  });
});

describe('a server that must not be used', () => {
  it.each([
    ['has no runsc', 3, undefined, 'unfit', /runsc/],
    ['calls runc runsc', 4, undefined, 'unfit', /gvisor|runsc/i],
    ['bears another host’s name', 5, undefined, 'unreachable', /name/i],
    [
      'is given a client certificate of another authority',
      3,
      'foreignAuthority',
      'unreachable',
      /certificate/i,
    ],
    ['is given a certificate that is not a client’s', 3, 'serverOnly', 'unreachable', /certificate/i],
  ] as const)(
    'because it %s is listed with the reason and gets no work',
    async (what, index, refused, status, reason) => {
      const server = serverAt(index);
      const tls = refused ? server.refused[refused] : server.tls;
      const registered = await register(server, `refused-${index}-${refused ?? 'tls'}`.toLowerCase(), tls);
      const seen = await waitForStatus(registered.id, status);
      expect([what, seen.reason]).toEqual([what, expect.stringMatching(reason)]);
      expect(seen.workspaces).toBe(0);
      // The next one is registered at the same address.
      await stack.admin.client.DELETE('/api/admin/servers/{server_id}', {
        params: { path: { server_id: registered.id } },
      });
    },
  );

  it('because it asks for a client certificate and is shown none, refuses', async () => {
    const server = serverAt(0);
    await expect(server.docker(['version'], { tls: server.refused.noCertificate })).rejects.toThrow();
  });
});
