import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { newId, type ServerId, type WorkspaceId } from '@podex/contracts/ids';
import { createLogger } from '@podex/service-kit/logger';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFrozen } from '../../../../tests/stack/control-groups.ts';
import { requireTestEngine } from '../../../../tests/stack/test-engine.ts';
import { settingsOf } from '../../testing/builders.ts';
import { ComputeClient } from '../../testing/compute-client.ts';
import { type ComputeFixture, startComputeFixture } from '../../testing/compute-fixture.ts';
import { loadConfig } from '../config.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { oneOffSpec, reapOneOffs } from '../engine-jobs/one-off-container.ts';
import { containerName, workspaceContainerSpec } from '../workspaces/container-spec.ts';
import { startCompute } from './app.ts';

let compute: ComputeFixture;
let engine: Engine;
let local: ServerId;
const workspaces: WorkspaceId[] = [];

function create(fields: Parameters<ComputeFixture['api']['createWorkspace']>[0] = {}): WorkspaceId {
  const id = compute.api.createWorkspace(fields);
  workspaces.push(id);
  return id;
}

async function createRunning(fields: Parameters<typeof create>[0] = {}): Promise<WorkspaceId> {
  const id = create(fields);
  expect(await compute.api.untilSettled(id)).toMatchObject({ status: 'running', reason: null });
  return id;
}

async function want(id: WorkspaceId, desired: 'running' | 'paused' | 'stopped' | 'deleted') {
  compute.api.want(id, { desired_status: desired });
  return compute.api.untilSettled(id);
}

async function containerOf(id: WorkspaceId) {
  return engine.containers.find(containerName(id));
}

beforeAll(async () => {
  const socket = requireTestEngine();
  engine = await openEngine({
    serverId: newId('server'),
    serverName: 'test',
    address: { kind: 'socket', path: socket },
  });
  compute = await startComputeFixture({ COMPUTE_LOCAL_DOCKER_SOCKET: socket });
  local = await waitUntil(async () => [...compute.api.servers.keys()][0], { timeoutMs: 20_000, everyMs: 20 });
  await compute.api.untilServer(local, 'ready', 60_000);
});

afterAll(async () => {
  for (const id of workspaces) await engine?.containers.remove(containerName(id));
  await compute?.stop();
  engine?.close();
});

describe('the engine beside compute', () => {
  it('is registered with the sizes of the machine and has passed its preflight', () => {
    const server = compute.api.servers.get(local);
    expect(server).toMatchObject({ name: 'local', docker_socket: requireTestEngine() });
    expect(server?.total_cpu).toBeGreaterThan(0);
    expect(server?.total_disk_gb).toBeGreaterThan(0);
    const observation = compute.api.serverObservations.get(local)?.at(-1);
    expect(observation?.facts?.sandbox_kernel).toMatch(/gvisor/i);
    expect(observation?.checks.every(({ ok }) => ok)).toBe(true);
  });

  it('is checked again when api asks, by a new version or by a call', async () => {
    compute.api.raiseVersion(local);
    await compute.api.untilServer(local, 'ready');
    const response = await compute.client.ask(`/servers/${local}/check`, { method: 'POST' });
    expect(await response.json()).toMatchObject({ status: 'ready', reason: null });
    expect((await compute.client.ask(`/servers/${newId('server')}/check`, { method: 'POST' })).status).toBe(
      404,
    );
  });

  it('stands in the health of compute', async () => {
    const health = await (await compute.client.ask('/health')).json();
    expect(health).toMatchObject({ ok: true, servers: [{ id: local, name: 'local', status: 'ready' }] });
    expect((await compute.client.ask('/metrics')).status).toBe(401);
    expect(await (await compute.client.metrics()).text()).toContain('podex_servers{status="ready"');
  });
});

describe('the life of a workspace', () => {
  let id: WorkspaceId;

  beforeAll(async () => {
    id = await createRunning({ env: { GREETING: 'hello' }, name: 'Shop frontend' });
  });

  it('runs under gVisor, as the engine and the kernel inside say', async () => {
    expect(await containerOf(id)).toMatchObject({ runtime: 'runsc', state: 'running' });
    expect(await compute.client.run(id, 'dmesg')).toMatch(/gVisor/i);
  });

  it('has its settings, its user and its host name', async () => {
    expect(await compute.client.run(id, 'echo $GREETING; id -un; hostname; pwd')).toBe(
      'hello\ndev\nshop-frontend\n/home/dev\n',
    );
  });

  it('has a changed variable within seconds, without a restart', async () => {
    const before = await containerOf(id);
    compute.api.setEnvironment(id, { env: { GREETING: 'hi', MORE: 'more' }, notice: 'One is missing.' });
    expect(await compute.api.untilSettled(id, 5_000)).toMatchObject({
      status: 'running',
      reason: 'One is missing.',
    });
    expect(await compute.client.run(id, 'echo $GREETING $MORE')).toBe('hi more\n');
    expect((await containerOf(id))?.id).toBe(before?.id);
    compute.api.setEnvironment(id, { env: { GREETING: 'hello' }, notice: null });
    expect(await compute.api.untilSettled(id, 5_000)).toMatchObject({ reason: null });
    expect(await compute.client.run(id, 'echo $GREETING $MORE')).toBe('hello\n');
  });

  it('shows nothing secret to who asks the engine', async () => {
    const spec = JSON.stringify(await containerOf(id));
    expect(spec).not.toContain('hello');
    expect(spec).not.toContain('GREETING');
  });

  it('keeps files and installed software over a stop and a start', async () => {
    await compute.client.inside(id, '/files/content?path=notes.txt', { method: 'PUT', body: 'kept' });
    const before = await containerOf(id);
    expect(await want(id, 'stopped')).toMatchObject({ status: 'stopped' });
    expect((await compute.client.inside(id, '/files')).status).toBe(409);
    expect(await want(id, 'running')).toMatchObject({ status: 'running' });
    expect(await (await compute.client.inside(id, '/files/content?path=notes.txt')).text()).toBe('kept');
    expect((await containerOf(id))?.id).toBe(before?.id);
  });

  it('is made again for another size at its next start, with its files', async () => {
    compute.api.want(id, { desired_status: 'running', size: 'medium' });
    await compute.api.untilSettled(id);
    const before = await containerOf(id);
    await want(id, 'stopped');
    await want(id, 'running');
    expect((await containerOf(id))?.id).not.toBe(before?.id);
    expect(await compute.client.run(id, 'nproc; cat notes.txt')).toMatch(/^[12]\nkept$/);
  });

  it('is paused and goes on where it was', async () => {
    expect(await want(id, 'paused')).toMatchObject({ status: 'paused' });
    // Frozen, and not stopped by the engine: its own pause leaves the sandbox running.
    expect((await containerOf(id))?.state).toBe('running');
    expect(await isFrozen((await containerOf(id))?.id ?? '')).toBe(true);
    expect(await want(id, 'running')).toMatchObject({ status: 'running' });
    expect(await compute.client.run(id, 'cat notes.txt')).toBe('kept');
  });

  it('stops when it is paused', async () => {
    await want(id, 'paused');
    expect(await want(id, 'stopped')).toMatchObject({ status: 'stopped' });
    await want(id, 'running');
  });

  it('is started again when its container ends by itself', async () => {
    const container = await containerOf(id);
    await engine.containers.kill(container?.id ?? '');
    await waitUntil(async () => ((await containerOf(id))?.state === 'running' ? true : undefined), {
      timeoutMs: 20_000,
      everyMs: 50,
    });
    expect(await compute.api.untilSettled(id)).toMatchObject({ status: 'running' });
    expect(await compute.client.run(id, 'cat notes.txt')).toBe('kept');
  });

  it('loses the process that asks for more memory than there is, and nothing else', async () => {
    await compute.client.run(id, 'nohup sleep 300 >/dev/null 2>&1 & echo $! > pid');
    const hog = `python3 -c '\na = []\nwhile True: a.append(bytearray(50_000_000))\n'`;
    const ended = await compute.client.command(id, newId('command'), { command: hog, background: false });
    expect(ended.exit_code).not.toBe(0);
    expect(await compute.client.run(id, 'kill -0 $(cat pid) && echo same')).toBe('same\n');
  });

  it('goes on, with what runs in it, while compute is replaced', async () => {
    const commandId = newId('command');
    const line = 'sleep 2; echo through';
    const started = compute.client.command(id, commandId, { command: line, background: true });
    expect((await started).status).toBe('running');
    await compute.restart();
    await compute.api.untilServer(local, 'ready');
    const ended = await compute.client.command(id, commandId, { command: line, background: true });
    expect(ended).toMatchObject({ id: commandId });
    await expect
      .poll(async () => (await compute.client.inside(id, `/commands/${commandId}?wait_ms=5000`)).json(), {
        timeout: 20_000,
      })
      .toMatchObject({ status: 'exited', output: 'through\n' });
  });

  it('is deleted with its files, and nothing of it is left', async () => {
    const { storage_key: key } = compute.api.task(id);
    expect(existsSync(path.join(compute.storage, key))).toBe(true);
    expect(await want(id, 'deleted')).toMatchObject({ status: 'deleted', container_id: null });
    expect(existsSync(path.join(compute.storage, key))).toBe(false);
    expect(await containerOf(id)).toBeUndefined();
    expect((await compute.client.inside(id, '/files')).status).toBe(409);
  });
});

describe('several workspaces', () => {
  it('are created at once, and deleted in whatever state they are', async () => {
    const ids = Array.from({ length: 4 }, () => create());
    const [first, second, ...rest] = ids;
    if (first === undefined || second === undefined) throw new Error('four were made');
    compute.api.want(first, { desired_status: 'deleted' });
    expect(await compute.api.untilSettled(first)).toMatchObject({ status: 'deleted' });
    for (const id of [second, ...rest])
      expect((await compute.api.untilSettled(id, 60_000)).status).toBe('running');
    for (const id of [second, ...rest]) compute.api.want(id, { desired_status: 'deleted' });
    for (const id of [second, ...rest])
      expect((await compute.api.untilSettled(id, 60_000)).status).toBe('deleted');
    expect(readdirSync(compute.storage)).toEqual(['.podex']);
  });
});

describe('a second compute', () => {
  it('shares the work, and reaches what the first has started', async () => {
    const config = loadConfig({ ...compute.environment, COMPUTE_LOCAL_DOCKER_SOCKET: requireTestEngine() });
    const second = await startCompute(config, createLogger({ service: 'compute', level: 'fatal' }));
    try {
      const ids = Array.from({ length: 4 }, () => create());
      for (const id of ids) expect((await compute.api.untilSettled(id, 60_000)).status).toBe('running');
      const other = new ComputeClient(second.port);
      for (const id of ids) {
        expect(await compute.client.run(id, 'echo shared > shared')).toBe('');
        expect(await other.run(id, 'cat shared')).toBe('shared\n');
      }
      for (const id of ids) compute.api.want(id, { desired_status: 'deleted' });
      for (const id of ids) expect((await compute.api.untilSettled(id, 60_000)).status).toBe('deleted');
    } finally {
      await second.stop();
    }
  });
});

describe('what must not be', () => {
  it('a container of a workspace under another runtime is removed and never used', async () => {
    const id = create({ storage_key: 'impostor', desired_status: 'stopped' });
    await compute.api.untilSettled(id);
    const runtime = { name: 'podex-runtime-none', version: 'none' };
    const spec = workspaceContainerSpec(
      {
        owner: { id, name: 'x' },
        image: 'podex/workspace:latest',
        size: 'small',
        storageKey: 'impostor',
        maxProcesses: 4096,
        makesFolders: true,
      },
      runtime,
      settingsOf({ runtime: 'runc', storage: compute.storage }),
    );
    const impostor = await engine.containers.create({
      ...spec,
      Entrypoint: ['/bin/sleep'],
      Cmd: ['600'],
      HostConfig: { ...spec.HostConfig, Ulimits: [] },
    });
    if (impostor === 'name_taken') throw new Error('the workspace is new');
    await engine.containers.start(impostor.id);
    expect(await want(id, 'running')).toMatchObject({ status: 'running' });
    expect(await containerOf(id)).toMatchObject({ runtime: 'runsc' });
    expect((await containerOf(id))?.id).not.toBe(impostor.id);
    await want(id, 'deleted');
  });

  it.each([
    'podex.invalid/none:1',
    // Nothing listens there, which is none of its owner’s business.
    '127.0.0.1:9/x',
  ])('the image %s ends as failed without the engine’s words, and can be deleted', async (image) => {
    const id = create({ image, attempts: 5 });
    const failed = await compute.api.untilSettled(id, 60_000);
    expect(failed).toMatchObject({ status: 'failed' });
    expect(failed.reason).toBe(
      'The image could not be pulled. Ask an admin, who finds the cause in the server’s log.',
    );
    expect(await want(id, 'deleted')).toMatchObject({ status: 'deleted' });
  });

  it('a one-off container that a killed compute left behind is removed when it is old', async () => {
    const spec = oneOffSpec({ purpose: 'leftover', argv: ['/bin/true'] }, settingsOf());
    const left = await engine.containers.create(spec);
    if (left === 'name_taken') throw new Error('its name is random');
    await reapOneOffs(engine, Date.now());
    expect(await engine.containers.find(left.id)).toBeDefined();
    expect(await reapOneOffs(engine, Date.now() + 3_600_000)).toBeGreaterThan(0);
    expect(await engine.containers.find(left.id)).toBeUndefined();
  });

  it('an unknown workspace gets the same error as one that does not run', async () => {
    const response = await compute.client.inside(newId('workspace'), '/files');
    expect(response.status).toBe(409);
  });
});
