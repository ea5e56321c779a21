import { readdirSync } from 'node:fs';
import { server as serverShape } from '@podex/contracts/servers';
import { waitUntil } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { TestServer } from '../testbed/test-server.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';
import type { Person } from './person.ts';
import { type Stack, startStack } from './stack.ts';

const SERVERS = 3;
const READY_TIMEOUT_MS = 120_000;
const ASK_WAIT_MS = 60_000;
/** More than the machine has: what is tried is many starts at once, in sandboxes that rest afterwards. */
const OVERCOMMIT = { cpu_overcommit: 100, memory_overcommit: 100, disk_overcommit: 100 };

export interface BurstScene {
  testbed: Testbed;
  stack: Stack;
  person: Person;
  servers: { id: string; server: TestServer }[];
  stop(): Promise<void>;
}

/** Podex with three engines of a testbed, which promise much more than they have. */
export async function startBurstScene(options: {
  /** For the testbed; removed in the end. */
  directory: string;
  /** How many may run at once. */
  room: number;
  computeEnvironment?: Record<string, string>;
}): Promise<BurstScene> {
  const { directory, room, computeEnvironment } = options;
  const testbed = await startTestbed({ servers: SERVERS, directory });
  let stack: Stack | undefined;
  const stop = async () => {
    await stack?.stop();
    await testbed.stop();
  };
  try {
    const storage = testbed.servers[0]?.storagePath ?? '';
    stack = await startStack({ storage, computeEnvironment: { LOG_LEVEL: 'info', ...computeEnvironment } });
    await changeSettings(stack, { ...OVERCOMMIT, max_workspaces: room, max_cpu_per_user: 10_000 });
    await changeSettings(stack, { max_memory_mb_per_user: 10_000_000, max_disk_gb_per_user: 100_000 });
    const servers: BurstScene['servers'] = [];
    for (const server of testbed.servers) servers.push({ id: await register(stack, server), server });
    await Promise.all(servers.map(({ id }) => untilServer(stack, id, 'ready')));
    return { testbed, stack, person: await stack.signUp(), servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function changeSettings(stack: Stack, body: object): Promise<void> {
  const { error } = await stack.admin.client.PATCH('/api/admin/settings', { body });
  if (error !== undefined) throw new Error(`the settings were refused: ${JSON.stringify(error)}`);
}

export async function register(stack: Stack, server: TestServer, name = server.name): Promise<string> {
  const { data, error } = await stack.admin.client.POST('/api/admin/servers', {
    body: {
      name,
      hostname: server.address,
      docker_port: server.port,
      tls_ca_path: server.tls.ca ?? '',
      tls_cert_path: server.tls.cert ?? '',
      tls_key_path: server.tls.key ?? '',
      total_cpu: 64,
      total_memory_mb: 262_144,
      total_disk_gb: 10_000,
    },
  });
  if (data === undefined) throw new Error(`the server was refused: ${JSON.stringify(error)}`);
  return serverShape.parse(data).id;
}

export async function untilServer(stack: Stack | undefined, id: string, status: string): Promise<void> {
  await waitUntil(
    async () => {
      const params = { path: { server_id: id } };
      const found = await stack?.admin.client.GET('/api/admin/servers/{server_id}', { params });
      return found?.data?.status === status ? true : undefined;
    },
    { timeoutMs: READY_TIMEOUT_MS, everyMs: 200 },
  );
}

/** How one creation ended, as its caller was told. */
export interface Creation {
  id: string | undefined;
  status: string;
  reason: string | null;
  durationMs: number;
}

/** Asks for all at once, each of which waits until it runs, fails, or the time is over. */
export async function createAtOnce(person: Person, count: number, timeoutMs: number): Promise<Creation[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => create(person, `burst-${index}`, timeoutMs)),
  );
}

async function create(person: Person, name: string, timeoutMs: number): Promise<Creation> {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const query = { wait_ms: ASK_WAIT_MS };
  const made = await person.client.POST('/api/workspaces', {
    params: { query },
    body: { name, size: 'small' },
  });
  if (made.data === undefined) {
    return { id: undefined, status: 'refused', reason: JSON.stringify(made.error), durationMs: elapsedMs() };
  }
  let seen = made.data;
  const { id } = seen;
  while (seen.status === 'creating' && elapsedMs() < timeoutMs) {
    // It is on its way already: this waits for it.
    const asked = await person.client.POST('/api/workspaces/{workspace_id}/start', {
      params: { path: { workspace_id: id }, query },
    });
    if (asked.data === undefined) {
      return { id, status: 'refused', reason: JSON.stringify(asked.error), durationMs: elapsedMs() };
    }
    seen = asked.data;
  }
  return { id, status: seen.status, reason: seen.reason, durationMs: elapsedMs() };
}

const kept = z.array(z.object({ storage_key: z.string() }));

/** Containers and folders on the servers that no row of a workspace or a slot tells of; empty is as it should be. */
export async function orphansOf({
  stack,
  servers,
}: Pick<BurstScene, 'stack' | 'servers'>): Promise<string[]> {
  const orphans: string[] = [];
  for (const { id, server } of servers) {
    const rows = await stack.postgres.run(
      `select storage_key from workspace where server_id = '${id}' and status <> 'deleted'
       union all select storage_key from pool_slot where server_id = '${id}'`,
    );
    const known = new Set(kept.parse(rows).map((row) => row.storage_key));
    const format = '{{.Names}} {{.Label "dev.podex.storage-key"}}';
    const filter = ['--filter', 'label=podex.workspace=true'];
    const listed = await server.docker(['ps', '--all', ...filter, '--format', format]);
    for (const line of listed.split('\n').filter((text) => text !== '')) {
      if (!known.has(line.split(' ')[1] ?? '')) orphans.push(`${server.name}: container ${line}`);
    }
    for (const folder of readdirSync(server.storageDirectory)) {
      if (folder !== '.podex' && !known.has(folder)) orphans.push(`${server.name}: folder ${folder}`);
    }
  }
  const rows = await stack.postgres.run(`select storage_key from leftover`);
  return [...orphans, ...kept.parse(rows).map((row) => `leftover ${row.storage_key}`)];
}
