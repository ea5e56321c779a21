import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Workspace, workspace as workspaceShape } from '@podex/contracts/workspaces';
import { pause, waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { changeSettings, register, untilServer } from '../stack/burst-scene.ts';
import type { Person } from '../stack/person.ts';
import type { ServiceProcess } from '../stack/service-process.ts';
import { SHIFTED_CLOCK } from '../stack/shifted-clock.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { deleteWorkspace, readText, runToEnd, writeText } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestServer } from '../testbed/test-server.ts';
import { startTestbed, type Testbed } from '../testbed/testbed.ts';

const SLOTS = 3;
const SETTLED_TIMEOUT_MS = 120_000;
const FREED_WITHIN_MS = 2_000;
const TEN_MINUTES_MS = 600_000;
/** Of a whole listing of a server’s containers, and then some. */
const LISTED_WITHIN_MS = 35_000;

let testbed: Testbed;
let stack: Stack;
let person: Person;
let another: ServiceProcess;
const servers: { id: string; server: TestServer }[] = [];
const shiftFile = path.join(temporaryFolder('clock'), 'shift');

beforeAll(async () => {
  // An engine that is restarted ends its containers, as most do.
  const directory = temporaryFolder('operators', '/var/tmp');
  testbed = await startTestbed({ servers: 2, directory, liveRestore: false });
  stack = await startStack({
    storage: testbed.servers[0]?.storagePath ?? '',
    computePreload: SHIFTED_CLOCK,
    computeEnvironment: {
      CLOCK_SHIFT_FILE: shiftFile,
      COMPUTE_RUNTIME_DIRECTORY: runtimeDirectory(),
      LOG_LEVEL: 'info',
    },
  });
  await changeSettings(stack, { memory_overcommit: 10, cpu_overcommit: 100, disk_overcommit: 100 });
  for (const server of testbed.servers) servers.push({ id: await register(stack, server), server });
  for (const { id } of servers) await untilServer(stack, id, 'ready');
  another = await stack.startAnotherCompute();
  person = await stack.signUp();
}, 240_000);

afterAll(async () => {
  await stack?.stop();
  await testbed?.stop();
}, 120_000);

/**
 * By its state folder a compute knows its predecessors: under a name of its own for the one that all tests share, so that no compute of
 * another test that runs on this machine takes the place of a killed one.
 */
function runtimeDirectory(): string {
  const shared = process.env.PODEX_TEST_RUNTIME_DIRECTORY ?? '/var/tmp/podex-test-runtime';
  mkdirSync(shared, { recursive: true });
  const own = path.join(temporaryFolder('runtime'), 'runtime');
  symlinkSync(shared, own);
  return own;
}

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return stack.postgres.run(query);
}

async function until(query: string): Promise<void> {
  const isSo = async () => ((await rows(`select ${query} as is_so`))[0]?.is_so === true ? true : undefined);
  await waitUntil(isSo, { timeoutMs: SETTLED_TIMEOUT_MS, everyMs: 50 });
}

const untilPool = (size: number) =>
  until(`(select count(*) filter (where status = 'ready') = ${size} and count(*) = ${size} from pool_slot)`);

async function create(name: string): Promise<Workspace> {
  const made = await person.client.POST('/api/workspaces', {
    params: { query: { wait_ms: 60_000 } },
    body: { name, size: 'small' },
  });
  return workspaceShape.parse(made.data);
}

async function get(id: string): Promise<Workspace> {
  const params = { path: { workspace_id: id } };
  return workspaceShape.parse((await person.client.GET('/api/workspaces/{workspace_id}', { params })).data);
}

async function act(id: string, action: 'start' | 'stop'): Promise<Workspace> {
  const params = { path: { workspace_id: id }, query: { wait_ms: 60_000 } };
  return workspaceShape.parse(
    (await person.client.POST(`/api/workspaces/{workspace_id}/${action}`, { params })).data,
  );
}

async function untilRunning(id: string): Promise<Workspace> {
  return waitUntil(
    async () => {
      const seen = await get(id);
      return seen.status === 'running' ? seen : undefined;
    },
    { timeoutMs: SETTLED_TIMEOUT_MS, everyMs: 100 },
  );
}

async function placeOf(id: string): Promise<{ server: TestServer; container: string; key: string }> {
  const [row] = await rows(`select server_id, container_id, storage_key from workspace where id = '${id}'`);
  const found = servers.find((candidate) => candidate.id === row?.server_id);
  if (found === undefined) throw new Error('it is on no server');
  return { server: found.server, container: String(row?.container_id), key: String(row?.storage_key) };
}

async function slotContainers(): Promise<string[]> {
  const filter = ['--filter', 'name=podex-slot-'];
  const listed = servers.map(({ server }) => server.docker(['ps', '--all', '--quiet', ...filter]));
  return (await Promise.all(listed)).flatMap((text) => text.split('\n').filter((line) => line !== ''));
}

const interruptionsOf = async (id: string) =>
  Number((await rows(`select interruptions from workspace where id = '${id}'`))[0]?.interruptions);

describe('two computes on one pool', { timeout: 300_000 }, () => {
  it('keep no more slots than asked and give none twice, also when one of them is killed', async () => {
    let peak = 0;
    const ended = new AbortController();
    const watched = (async () => {
      while (!ended.signal.aborted) {
        const [row] = await rows(`select count(*) from pool_slot where status <> 'removing'`);
        peak = Math.max(peak, Number(row?.count));
        await pause(20);
      }
    })();
    onTestFinished(() => ended.abort());
    await changeSettings(stack, { warm_pool_size: SLOTS });
    await untilPool(SLOTS);
    const made = await Promise.all(Array.from({ length: SLOTS + 2 }, (_, index) => create(`pool-${index}`)));
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 'running'));
    expect(made.filter((one) => one.started_from === 'pool').length).toBeGreaterThanOrEqual(SLOTS);
    const places = await Promise.all(made.map(({ id }) => placeOf(id)));
    expect(new Set(places.map(({ container }) => container)).size).toBe(made.length);
    await Promise.all(made.map(({ id }, index) => writeText(person, id, 'whose.txt', `${index}`)));
    const texts = await Promise.all(made.map(({ id }) => readText(person, id, 'whose.txt')));
    expect(texts).toEqual(made.map((_, index) => `${index}`));
    await another.kill();
    await another.start();
    await untilPool(SLOTS);
    await expect.poll(async () => (await slotContainers()).length, { timeout: 30_000 }).toBe(SLOTS);
    ended.abort();
    await watched;
    expect(peak).toBe(SLOTS);
    for (const { id } of made) await deleteWorkspace(person, id);
  });
});

describe('a claim at the moment its server drains', { timeout: 300_000 }, () => {
  it('takes a slot that is kept for it, or none: it runs in the end, in a container of its own', async () => {
    const [drained] = servers;
    if (drained === undefined) throw new Error('no server');
    const params = { path: { server_id: drained.id } };
    for (const [round, delayMs] of [0, 5, 15].entries()) {
      await untilPool(SLOTS);
      const claims = Promise.all([create(`drain-${round}-a`), create(`drain-${round}-b`)]);
      await pause(delayMs);
      await stack.admin.client.POST('/api/admin/servers/{server_id}/drain', { params, body: {} });
      for (const { id } of await claims) {
        await untilRunning(id);
        expect((await runToEnd(person, id, 'echo here')).output).toBe('here\n');
        const { server, container, key } = await placeOf(id);
        expect(await server.docker(['inspect', '--format', '{{.State.Status}}', container])).toContain(
          'running',
        );
        expect(await rows(`select * from pool_slot where storage_key = '${key}'`)).toEqual([]);
        await deleteWorkspace(person, id);
      }
      await until(`not exists (select from pool_slot where server_id = '${drained.id}')`);
      await stack.admin.client.POST('/api/admin/servers/{server_id}/activate', { params });
      await untilServer(stack, drained.id, 'ready');
    }
  });
});

describe('a compute that dies and is started again on its machine', { timeout: 300_000 }, () => {
  it('has its leases freed within two seconds, that of the pool too', async () => {
    await another.stop();
    await until(`(select keeper_id is not null and lease_expires_at > now() from pool)`);
    const { data } = await person.client.POST('/api/workspaces', {
      params: { query: { wait_ms: 0 } },
      body: { name: 'held', size: 'medium' },
    });
    const { id } = workspaceShape.parse(data);
    const held = `(select lease_owner is not null from workspace where id = '${id}')`;
    await until(held);
    await stack.compute.kill();
    const [dead] = await rows(
      `select lease_owner, (select keeper_id from pool) as keeper_id from workspace where id = '${id}'`,
    );
    await stack.compute.start();
    const startedAt = performance.now();
    await until(
      `(select lease_owner is distinct from '${dead?.lease_owner}' from workspace where id = '${id}')`,
    );
    await until(`(select keeper_id <> '${dead?.keeper_id}' or lease_token is null from pool)`);
    expect(performance.now() - startedAt).toBeLessThan(FREED_WITHIN_MS);
    expect((await untilRunning(id)).reason).toBeNull();
    await deleteWorkspace(person, id);
    await changeSettings(stack, { warm_pool_size: 0 });
    await untilPool(0);
  });
});

describe('a server that is lost with slots of the pool', { timeout: 300_000 }, () => {
  it('leaves no rows of them, and loses their containers and folders if it ever joins again', async () => {
    const [, lost] = servers;
    if (lost === undefined) throw new Error('no server');
    await changeSettings(stack, { warm_pool_size: SLOTS });
    await untilPool(SLOTS);
    const left = await rows(`select storage_key from pool_slot where server_id = '${lost.id}'`);
    expect(left.length).toBeGreaterThan(0);
    await lost.server.cut();
    await untilServer(stack, lost.id, 'unreachable');
    const query = { lost: 'true', confirm: lost.server.name };
    const params = { path: { server_id: lost.id }, query };
    expect(
      (await stack.admin.client.DELETE('/api/admin/servers/{server_id}', { params })).error,
    ).toBeUndefined();
    expect(await rows(`select * from pool_slot where server_id = '${lost.id}'`)).toEqual([]);
    await changeSettings(stack, { warm_pool_size: 0 });
    await untilPool(0);
    await lost.server.heal();
    expect((await slotContainers()).length).toBe(left.length);
    lost.id = await register(stack, lost.server);
    await untilServer(stack, lost.id, 'ready');
    await expect.poll(slotContainers, { timeout: SETTLED_TIMEOUT_MS, interval: 200 }).toEqual([]);
    const folders = () => readdirSync(lost.server.storageDirectory).filter((name) => name !== '.podex');
    await expect.poll(folders, { timeout: SETTLED_TIMEOUT_MS, interval: 200 }).toEqual([]);
  });
});

describe('an operator', { timeout: 400_000 }, () => {
  let id: string;

  beforeAll(async () => {
    ({ id } = await create('operated'));
    await untilRunning(id);
    await writeText(person, id, 'kept.txt', 'kept');
  }, 120_000);

  it('who deletes a running container by hand gets another one, around the same files', async () => {
    const { server, container } = await placeOf(id);
    await server.docker(['rm', '--force', container]);
    await until(`(select container_id is distinct from '${container}' from workspace where id = '${id}')`);
    expect((await untilRunning(id)).reason).toMatch(
      /ended unexpectedly at .* was restarted.*|It has a new container/,
    );
    expect(await readText(person, id, 'kept.txt')).toBe('kept');
  });

  it('who restarts the engine ends what runs, and it runs again', async () => {
    const { server } = await placeOf(id);
    const before = await interruptionsOf(id);
    await server.stop();
    await server.start();
    await until(`(select interruptions > ${before} from workspace where id = '${id}')`);
    expect((await untilRunning(id)).reason).toMatch(/was restarted/);
    expect(await readText(person, id, 'kept.txt')).toBe('kept');
  });

  it('who prunes containers, volumes and networks costs a start, and no file', async () => {
    expect((await act(id, 'stop')).status).toBe('stopped');
    const { server } = await placeOf(id);
    await server.docker(['container', 'prune', '--force']);
    const volumes = (await server.docker(['volume', 'ls', '--quiet']))
      .split('\n')
      .filter((name) => name !== '');
    await server.docker(['volume', 'rm', '--force', ...volumes]);
    await server.docker(['network', 'prune', '--force']);
    await act(id, 'start');
    expect((await untilRunning(id)).reason).toMatch(/It has a new container/);
    expect(await readText(person, id, 'kept.txt')).toBe('kept');
  });

  it('who removes the files of a workspace is the one to blame: its owner reads that its files are gone, once', async () => {
    expect((await act(id, 'stop')).status).toBe('stopped');
    const { server, key } = await placeOf(id);
    rmSync(path.join(server.storageDirectory, key), { recursive: true });
    rmSync(path.join(server.storageDirectory, '.podex', 'disks', `${key}.img`), { force: true });
    await act(id, 'start');
    expect((await untilRunning(id)).reason).toMatch(/^Its files are gone: somebody removed their folder/);
    expect((await runToEnd(person, id, 'ls kept.txt')).exit_code).not.toBe(0);
    expect((await act(id, 'stop')).status).toBe('stopped');
    expect(await act(id, 'start')).toMatchObject({ status: 'running', reason: null });
  });

  it.each([
    ['ahead', TEN_MINUTES_MS],
    ['behind', -TEN_MINUTES_MS],
  ])(
    'who has the clock of compute run ten minutes %s changes nothing: what runs is left alone, what ended is seen',
    async (_, shiftMs) => {
      writeFileSync(shiftFile, `${shiftMs}`);
      process.kill(stack.compute.pid, 'SIGUSR2');
      const made = await create('of another time');
      expect(made).toMatchObject({ status: 'running', reason: null });
      expect((await runToEnd(person, made.id, 'echo here')).output).toBe('here\n');
      const { server, container } = await placeOf(made.id);
      expect(await interruptionsOf(made.id)).toBe(0);
      await server.docker(['kill', container]);
      const interrupted = `(select interruptions = 1 from workspace where id = '${made.id}')`;
      const startedAt = performance.now();
      await until(interrupted);
      expect(performance.now() - startedAt).toBeLessThan(LISTED_WITHIN_MS);
      expect((await untilRunning(made.id)).reason).toMatch(/was restarted/);
      expect(await interruptionsOf(made.id)).toBe(1);
      expect((await act(made.id, 'stop')).status).toBe('stopped');
      await deleteWorkspace(person, made.id);
    },
  );
});
