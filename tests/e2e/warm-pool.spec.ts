import { existsSync } from 'node:fs';
import path from 'node:path';
import { newId, userId, type WorkspaceId } from '@podex/contracts/ids';
import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import { pool } from '@podex/contracts/pool';
import { workspace as workspaceShape } from '@podex/contracts/workspaces';
import { createCapabilitySigner, requestClaims } from '@podex/service-kit/capability';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isFrozen } from '../stack/control-groups.ts';
import { docker } from '../stack/docker.ts';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { deleteWorkspace, readText, runToEnd, writeText } from '../stack/workspace-actions.ts';
import { startWorld } from '../stack/world.ts';

const SLOTS = 2;
const REACHED_TIMEOUT_MS = 90_000;
/** A name of its own, so that a newer image under it changes nothing for other tests. */
const IMAGE = `podex/workspace-pool-test:${process.pid}`;

const METRICS_TOKEN = 'a-token-of-the-tests-for-metrics-alone';
const METRICS_HEADERS = { authorization: `Bearer ${METRICS_TOKEN}` };

let stack: Stack;
let person: Person;
let poolId: string;

beforeAll(async () => {
  await docker(['tag', 'podex/workspace:latest', IMAGE]);
  stack = await startStack({
    dockerSocket: requireTestEngine(),
    computeEnvironment: {
      COMPUTE_WARM_POOL_SIZE: String(SLOTS),
      COMPUTE_WORKSPACE_IMAGE: IMAGE,
      METRICS_TOKEN,
    },
  });
  person = await stack.signUp();
  const [row] = await stack.postgres.run('select instance from pool');
  poolId = String(row?.instance);
}, 120_000);

afterAll(async () => {
  await stack?.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: 0 } });
  if (stack !== undefined) await untilPool((seen) => seen.ready + seen.filling + seen.removing === 0);
  const left = poolId === undefined ? [] : await slotContainers();
  await stack?.stop();
  await docker(['rmi', '--force', IMAGE]);
  // What was turned off leaves nothing behind.
  expect(left).toEqual([]);
}, 120_000);

async function readPool() {
  return pool.parse((await stack.admin.client.GET('/api/admin/pool')).data);
}

async function untilPool(isReached: (seen: Awaited<ReturnType<typeof readPool>>) => boolean) {
  return waitUntil(
    async () => {
      const seen = await readPool();
      return isReached(seen) ? seen : undefined;
    },
    { timeoutMs: REACHED_TIMEOUT_MS, everyMs: 50 },
  );
}

const untilFull = () =>
  untilPool(({ ready, filling, removing }) => ready === SLOTS && filling + removing === 0);

/** Ids of the containers that bear the names of slots. */
async function slotContainers(): Promise<string[]> {
  const filters = ['--filter', `label=podex.slot=${poolId}`, '--filter', 'name=podex-slot-'];
  const listed = await docker(['ps', '--all', '--quiet', '--no-trunc', ...filters]);
  return listed.split('\n').filter((line) => line !== '');
}

async function inspect(container: string, format: string): Promise<string> {
  return docker(['inspect', '--format', format, container]);
}

/** A compute that has just started looks its servers over first. */
async function untilServerIsReady(): Promise<void> {
  const statusOf = async () => {
    const [server] = z
      .object({ servers: z.array(z.object({ status: z.string() })) })
      .parse(await (await fetch(`${stack.computeUrl}/health`, { headers: METRICS_HEADERS })).json()).servers;
    return server?.status;
  };
  await expect.poll(statusOf, { timeout: REACHED_TIMEOUT_MS }).toBe('ready');
}

async function create(
  name: string,
  env: Record<string, string> = {},
  more: { network_policy?: NetworkPolicyInput } = {},
) {
  const { data } = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name, size: 'small', env, ...more },
  });
  const made = workspaceShape.parse(data);
  expect(made).toMatchObject({ status: 'running', reason: null });
  return made;
}

async function act(id: string, action: 'start' | 'stop') {
  const params = { path: { workspace_id: id }, query: { wait_ms: 60_000 } };
  const { data } = await person.client.POST(`/api/workspaces/{workspace_id}/${action}`, { params });
  return workspaceShape.parse(data);
}

async function nameBecomes(container: string, name: string): Promise<void> {
  await expect.poll(() => inspect(container, '{{.Name}}'), { timeout: 20_000 }).toBe(`/${name}`);
}

async function rowOf(id: string) {
  const [row] = await stack.postgres.run(
    `select storage_key, container_id from workspace where id = '${id}'`,
  );
  return z.object({ storage_key: z.string(), container_id: z.string() }).parse(row);
}

/** Slots that a workspace can take. */
async function readySlots() {
  const columns = 'storage_key, container_id, image_id';
  const rows = await stack.postgres.run(`select ${columns} from pool_slot where status = 'ready'`);
  return z.array(z.record(z.string(), z.string())).parse(rows);
}

describe('a workspace from the warm pool', { timeout: 180_000 }, () => {
  it('is there at once, in a container that ran before, with its owner’s settings and nobody else’s traces', async () => {
    expect(await untilFull()).toMatchObject({
      wanted: SLOTS,
      is_kept: true,
      last_failure: null,
      image: IMAGE,
    });
    const waiting = await slotContainers();
    for (const slot of waiting) {
      await expect.poll(() => isFrozen(slot), { timeout: REACHED_TIMEOUT_MS }).toBe(true);
    }
    const made = await create('Warm one', { GREETING: 'hello' });
    expect(made.started_from).toBe('pool');
    const line =
      'echo $GREETING; id -un; pwd; echo mine > mine; cat mine; ls -A | grep -v "^[.]"; dmesg | head -n 1';
    const first = await runToEnd(person, made.id, line);
    expect(first.output).toMatch(/^hello\ndev\n\/home\/dev\nmine\nmine\n.*gVisor/i);
    const { container_id: container } = await rowOf(made.id);
    expect(waiting).toContain(container);
    await nameBecomes(container, `podex-${made.id}`);
    // The next one, with another person’s settings, in another container.
    const next = await create('Warm two');
    expect(next.started_from).toBe('pool');
    expect((await runToEnd(person, next.id, 'echo "[$GREETING]"; ls -A | grep -v "^[.]"')).output).toBe(
      '[]\n',
    );
    expect((await rowOf(next.id)).container_id).not.toBe(container);
    await untilFull();
    await deleteWorkspace(person, next.id);
    await deleteWorkspace(person, made.id);
  });

  it('is held to its network policy from its first command on, through restarts, until that is changed', async () => {
    await using world = await startWorld();
    const reach = `timeout 3 bash -c 'exec 3<>/dev/tcp/${world.address}/${world.port}' 2>/dev/null && echo reached || echo refused`;
    const reached = async (id: string) => (await runToEnd(person, id, reach)).output.trim();
    await untilFull();
    const open = await create('Open');
    const closed = await create('Closed', {}, { network_policy: { mode: 'deny_all', allow: [] } });
    expect([open.started_from, closed.started_from]).toEqual(['pool', 'pool']);
    expect(await reached(closed.id)).toBe('refused');
    expect(await reached(open.id)).toBe('reached');
    const set = async (id: string, body: NetworkPolicyInput) =>
      (
        await person.client.PUT('/api/workspaces/{workspace_id}/network-policy', {
          params: { path: { workspace_id: id }, query: { wait_ms: 30_000 } },
          body,
        })
      ).data;
    const allow = [`${world.address}:${world.port}`];
    expect(await set(closed.id, { mode: 'allow_list', allow })).toMatchObject({ in_force: true });
    expect(await reached(closed.id)).toBe('reached');
    expect(await set(closed.id, { mode: 'deny_all', allow: [] })).toMatchObject({ in_force: true });
    expect(await reached(closed.id)).toBe('refused');
    expect((await act(closed.id, 'stop')).status).toBe('stopped');
    expect((await act(closed.id, 'start')).status).toBe('running');
    expect(await reached(closed.id)).toBe('refused');
    expect(await reached(open.id)).toBe('reached');
    await deleteWorkspace(person, closed.id);
    await deleteWorkspace(person, open.id);
  });

  it('lives like any other: it is stopped, started, made larger and deleted, with its files', async () => {
    await untilFull();
    const { id } = await create('Long lived');
    const { container_id: container, storage_key: key } = await rowOf(id);
    await writeText(person, id, 'kept.txt', 'kept');
    expect((await act(id, 'stop')).status).toBe('stopped');
    expect((await act(id, 'start')).status).toBe('running');
    expect(await readText(person, id, 'kept.txt')).toBe('kept');
    expect((await rowOf(id)).container_id).toBe(container);
    await act(id, 'stop');
    await person.client.PATCH('/api/workspaces/{workspace_id}', {
      params: { path: { workspace_id: id } },
      body: { size: 'medium' },
    });
    expect((await act(id, 'start')).status).toBe('running');
    expect((await rowOf(id)).container_id).not.toBe(container);
    expect(await readText(person, id, 'kept.txt')).toBe('kept');
    await expect(inspect(container, '{{.Name}}')).rejects.toThrow(/no such/i);
    await deleteWorkspace(person, id);
    const folder = path.join(stack.logDirectory, 'workspaces', key);
    await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(false);
  });

  it('starts cold when the pool is empty, and says so', async () => {
    await stack.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: 0 } });
    await untilPool((seen) => seen.ready + seen.filling + seen.removing === 0);
    expect(await slotContainers()).toEqual([]);
    const made = await create('Cold one');
    expect(made.started_from).toBe('cold');
    const metrics = await (await fetch(`${stack.computeUrl}/metrics`, { headers: METRICS_HEADERS })).text();
    // A test before may have found the pool empty as well.
    expect(metrics).toMatch(/podex_workspace_starts_total\{from="cold"[^}]*\} [1-9]/);
    expect(metrics).toMatch(/podex_workspace_starts_total\{from="pool"[^}]*\} [1-9]/);
    expect(metrics).toMatch(/podex_pool_slots\{status="ready"[^}]*\} 0\n/);
    await stack.admin.client.PATCH('/api/admin/settings', { body: { warm_pool_size: null } });
    await untilFull();
    await deleteWorkspace(person, made.id);
  });
});

describe('when compute dies', { timeout: 180_000 }, () => {
  it('slots are recognised by the next, and not doubled', async () => {
    await untilFull();
    const before = await slotContainers();
    await stack.compute.kill();
    await stack.compute.start();
    await untilServerIsReady();
    const made = await create('After a restart');
    expect(made.started_from).toBe('pool');
    const { container_id: container } = await rowOf(made.id);
    expect(before).toContain(container);
    await untilFull();
    const after = await slotContainers();
    expect(after).toHaveLength(SLOTS);
    expect(after.filter((id) => before.includes(id))).toHaveLength(SLOTS - 1);
    await deleteWorkspace(person, made.id);
  });

  it('between a claim and the end of it, the workspace gets its container all the same', async () => {
    await untilFull();
    await stack.compute.kill();
    const { data } = await person.client.POST('/api/workspaces', {
      params: { query: { wait_ms: 0 } },
      body: { name: 'Claimed by nobody', size: 'small' },
    });
    const made = workspaceShape.parse(data);
    expect(made).toMatchObject({ status: 'creating', started_from: 'pool' });
    const { container_id: container } = await rowOf(made.id);
    await stack.compute.start();
    await expect
      .poll(async () => (await rowOf(made.id)).container_id && (await act(made.id, 'start')).status, {
        timeout: 60_000,
      })
      .toBe('running');
    expect((await rowOf(made.id)).container_id).toBe(container);
    await nameBecomes(container, `podex-${made.id}`);
    expect((await runToEnd(person, made.id, 'echo here')).output).toBe('here\n');
    await deleteWorkspace(person, made.id);
  });

  it('before it has renamed a container, another finds whose it is, and renames it', async () => {
    await untilFull();
    const made = await create('Not renamed');
    const { container_id: container, storage_key: key } = await rowOf(made.id);
    await nameBecomes(container, `podex-${made.id}`);
    await stack.compute.kill();
    await docker(['rename', container, `podex-slot-${key}`]);
    await stack.compute.start();
    await nameBecomes(container, `podex-${made.id}`);
    expect((await runToEnd(person, made.id, 'echo here')).output).toBe('here\n');
    expect((await act(made.id, 'start')).reason).toBeNull();
    await deleteWorkspace(person, made.id);
  });
});

describe('slots', { timeout: 180_000 }, () => {
  const onlyServer = async () => {
    const [row] = await stack.postgres.run('select id from server where docker_socket is not null');
    return String(row?.id);
  };

  it('leave a server that is drained, and come back with it', async () => {
    await untilFull();
    const params = { path: { server_id: await onlyServer() } };
    await stack.admin.client.POST('/api/admin/servers/{server_id}/drain', { params });
    await untilPool((seen) => seen.ready + seen.filling + seen.removing === 0);
    expect(await slotContainers()).toEqual([]);
    await stack.admin.client.POST('/api/admin/servers/{server_id}/activate', { params });
    await untilFull();
  });

  it('are replaced when an operator kills one', async () => {
    await untilFull();
    const [victim = '', other] = await slotContainers();
    await docker(['kill', victim]);
    await expect.poll(async () => (await slotContainers()).includes(victim), { timeout: 60_000 }).toBe(false);
    await untilFull();
    expect(await slotContainers()).toContain(other);
  });

  it('are replaced, one by one, when their image is newer', async () => {
    await untilFull();
    const before = await inspect(IMAGE, '{{.Id}}');
    await docker(
      ['build', '--quiet', '--tag', IMAGE, '-'],
      `FROM podex/workspace:latest\nLABEL newer=${process.pid}\n`,
    );
    const now = await inspect(IMAGE, '{{.Id}}');
    expect(now).not.toBe(before);
    let fewest = SLOTS;
    const imagesOf = async () => {
      fewest = Math.min(fewest, (await readPool()).ready);
      return (await readySlots()).map((slot) => slot.image_id);
    };
    await expect
      .poll(imagesOf, { timeout: 120_000, interval: 50 })
      .toEqual(Array.from({ length: SLOTS }, () => now));
    expect(fewest).toBe(SLOTS - 1);
  });

  it('that no row tells of are removed, and those of another Podex are left alone', async () => {
    await untilFull();
    const key = crypto.randomUUID();
    const stray = (label: string, name: string) =>
      docker([
        ...['create', '--name', `podex-slot-${name}`, '--label', 'podex.workspace=true'],
        ...['--label', `podex.slot=${label}`, '--label', `dev.podex.storage-key=${name}`, IMAGE, 'true'],
      ]);
    const others = crypto.randomUUID();
    const ours = await stray(poolId, key);
    await stray('another-pool', others);
    await expect.poll(async () => (await slotContainers()).includes(ours), { timeout: 60_000 }).toBe(false);
    expect(await inspect(`podex-slot-${others}`, '{{.State.Status}}')).toBe('created');
    await docker(['rm', `podex-slot-${others}`]);
  });

  it('are reached by nobody: not through api, and not through compute with its key', async () => {
    await untilFull();
    const slots = await readySlots();
    const sign = createCapabilitySigner(stack.internalKeys.compute);
    const ask = async (id: string, claimed: WorkspaceId) => {
      const target = `/workspaces/${id}/files?path=.`;
      const grant = {
        workspaceId: claimed,
        userId: userId.parse(newId('user')),
        access: 'write' as const,
        requestId: 'r',
      };
      const token = await sign(requestClaims({ ...grant, method: 'GET', target }));
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${stack.computeUrl}${target}`, { headers })).status;
    };
    const nobody = newId('workspace');
    expect(await ask(nobody, nobody)).toBe(409);
    expect(slots).toHaveLength(SLOTS);
    for (const { storage_key: key = '', container_id: container = '' } of slots) {
      for (const id of [key, container, `slot-${key}`, `ws_${key.replaceAll('-', '').slice(0, 26)}`]) {
        expect(await ask(id, nobody)).toBeGreaterThanOrEqual(400);
        const response = await fetch(`${stack.apiUrl}/api/workspaces/${id}/files?path=.`, {
          headers: { authorization: `Bearer ${person.token}` },
        });
        expect(response.status).toBeGreaterThanOrEqual(400);
      }
    }
  });
});
