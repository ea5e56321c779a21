import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFixture } from '../../testing/local-fixture.ts';

/** Shorter than in use, so that a response that is slow is nearer to being taken for none. */
const TIMES = { tickMs: 100, probeEveryMs: 1_000, probeUnlinkedEveryMs: 1_500, silentAfterMs: 6_000 };
const NOTICED_TIMEOUT_MS = 30_000;
const AGAIN_TIMEOUT_MS = 60_000;

let local: LocalFixture;

beforeAll(async () => {
  local = await LocalFixture.start({ daemonWatchTimes: TIMES });
}, 120_000);

afterAll(async () => {
  await local?.stop();
});

/** Sends the daemon a signal, as root in its container. */
async function signalDaemon(id: WorkspaceId, signal: 'STOP' | 'SEGV'): Promise<void> {
  const { id: container } = await local.containerOf(id);
  const argv = ['/bin/sh', '-c', `kill -${signal} $(pgrep -x podex-daemon)`];
  (await local.engine.openExec(container, argv))?.resume();
}

async function untilInterrupted(id: WorkspaceId): Promise<void> {
  const { api } = local.compute;
  await waitUntil(async () => (api.task(id).status === 'creating' ? true : undefined), {
    timeoutMs: NOTICED_TIMEOUT_MS,
    everyMs: 2,
  });
}

/** Runs again in the same container, started again, with its files and with word of it. */
async function expectRestarted(id: WorkspaceId, before: { id: string; startedAt: string }): Promise<void> {
  const { api, client } = local.compute;
  expect(await api.untilSettled(id, AGAIN_TIMEOUT_MS)).toMatchObject({
    status: 'running',
    reason: 'It was interrupted.',
  });
  const after = await local.containerOf(id);
  expect(after.id).toBe(before.id);
  expect(after.startedAt).not.toBe(before.startedAt);
  expect(await client.run(id, 'cat kept')).toBe('kept\n');
}

describe('a daemon that no longer responds', { timeout: 120_000 }, () => {
  it('is restarted with its container, says so, and keeps its files; what ran is told as killed', async () => {
    const { client } = local.compute;
    const id = await local.create();
    await client.run(id, 'echo kept > kept');
    const before = await local.containerOf(id);
    const lost = newId('command');
    const input = { command: 'sleep 600', background: true };
    await client.command(id, lost, input);
    await signalDaemon(id, 'STOP');
    await untilInterrupted(id);
    await expectRestarted(id, before);
    // What an agent finds whose command was running: by its id, without its being run again.
    expect(await client.command(id, lost, input)).toMatchObject({ status: 'killed', exit_code: null });
  });

  it('is noticed by a compute that has no link to it', async () => {
    const id = await local.create();
    await local.compute.client.run(id, 'echo kept > kept');
    const before = await local.containerOf(id);
    await local.compute.restart();
    await signalDaemon(id, 'STOP');
    await untilInterrupted(id);
    await expectRestarted(id, before);
  });

  it('is restarted when it has crashed, and what ran is told as lost', async () => {
    const { client } = local.compute;
    const id = await local.create();
    await client.run(id, 'echo kept > kept');
    const terminal = await client.inside(id, '/terminals', { method: 'POST', body: '{}' });
    expect(terminal.status).toBe(201);
    const lost = newId('command');
    const input = { command: 'sleep 600', background: true };
    await client.command(id, lost, input);
    const before = await local.containerOf(id);
    await signalDaemon(id, 'SEGV');
    await untilInterrupted(id);
    await expectRestarted(id, before);
    expect(await client.command(id, lost, input)).toMatchObject({ status: 'killed', signal: null });
    expect(await (await client.inside(id, '/terminals')).json()).toMatchObject({ items: [] });
  });
});

describe('a daemon that is slow or not in use', { timeout: 120_000 }, () => {
  it('is left alone at ten times the load that its processors take', async () => {
    const { api, client } = local.compute;
    const id = await local.create();
    const before = await local.containerOf(id);
    const told = api.observations(id).length;
    const load = 'for i in 1 2 3 4 5 6 7 8 9 10; do timeout 25 sh -c "while :; do :; done" & done; wait';
    await client.command(id, newId('command'), { command: load, background: true });
    // Nothing comes from the daemon meanwhile but responses to probes.
    await client.run(id, 'sleep 20');
    expect((await local.containerOf(id)).startedAt).toBe(before.startedAt);
    expect(api.observations(id)).toHaveLength(told);
  });

  it('is not asked while its workspace is paused', async () => {
    const { api, client } = local.compute;
    const paused = await local.create();
    const other = await local.create();
    const before = await local.containerOf(paused);
    api.want(paused, { desired_status: 'paused' });
    await api.untilSettled(paused);
    await client.run(other, `sleep ${(TIMES.silentAfterMs * 2) / 1000}`);
    expect(api.task(paused).status).toBe('paused');
    api.want(paused, { desired_status: 'running' });
    expect(await api.untilSettled(paused)).toMatchObject({ status: 'running', reason: null });
    expect((await local.containerOf(paused)).startedAt).toBe(before.startedAt);
  });
});
