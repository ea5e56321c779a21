import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket } from '../../../../tests/stack/open-socket.ts';
import { capabilityFor } from '../../testing/compute-client.ts';
import { LocalFixture } from '../../testing/local-fixture.ts';

const IDLE_EVERY_MS = 200;
const SEEN_TIMEOUT_MS = 20_000;

let local: LocalFixture;

beforeAll(async () => {
  local = await LocalFixture.start({ idleEveryMs: IDLE_EVERY_MS });
}, 120_000);

afterAll(async () => {
  await local?.stop();
});

/** Until compute says so of the workspace again. */
async function untilSaid(id: WorkspaceId, isInUse: boolean): Promise<void> {
  const { inUse } = local.compute.api.idle;
  inUse.delete(id);
  const said = async () => (inUse.get(id) === isInUse ? true : undefined);
  expect(await waitUntil(said, { timeoutMs: SEEN_TIMEOUT_MS, everyMs: 5 })).toBe(true);
}

async function openTerminal(id: WorkspaceId) {
  const { client } = local.compute;
  const body = JSON.stringify({ shell: 'bash' });
  const { id: terminal } = await (await client.inside(id, '/terminals', { method: 'POST', body })).json();
  const url = `${client.baseUrl.replace('http', 'ws')}/workspaces/${id}/terminals/${terminal}/attach`;
  return openSocket(url, await capabilityFor(id));
}

const type = (socket: { send(bytes: Buffer): void }, text: string) => socket.send(Buffer.from(text));

describe('what compute says of workspaces that may be idle', { timeout: 120_000 }, () => {
  it('is that nothing runs in one whose terminal is attached and rests, however its window changes', async () => {
    const id = await local.create();
    using socket = await openTerminal(id);
    await untilSaid(id, false);
    const { active } = local.compute.api;
    active.length = 0;
    for (let cols = 80; cols < 90; cols += 1) {
      socket.send(JSON.stringify({ type: 'resize', cols, rows: 24 }));
      await local.compute.client.inside(id, '/files?path=/');
      await local.compute.client.inside(id, '/terminals');
    }
    await untilSaid(id, false);
    expect(active).toEqual([]);
    type(socket, 'a');
    const isTold = async () => (active.includes(id) ? true : undefined);
    expect(await waitUntil(isTold, { timeoutMs: SEEN_TIMEOUT_MS, everyMs: 5 })).toBe(true);
  });

  it('is that a program in a terminal runs, until it ends', async () => {
    const id = await local.create();
    using socket = await openTerminal(id);
    type(socket, 'sleep 600\n');
    await untilSaid(id, true);
    type(socket, '\u0003');
    await untilSaid(id, false);
    // A stopped job does nothing.
    type(socket, 'sleep 600\n');
    await untilSaid(id, true);
    type(socket, '\u001a');
    await untilSaid(id, false);
  });

  it('is that a command runs, until it ends, waited for or not', async () => {
    const id = await local.create();
    const command = newId('command');
    await local.compute.client.command(id, command, { command: 'sleep 600', background: true });
    await untilSaid(id, true);
    await local.compute.client.inside(id, `/commands/${command}?signal=KILL`, { method: 'DELETE' });
    await untilSaid(id, false);
  });

  it('is nothing while its daemon does not respond', async () => {
    const id = await local.create();
    const { id: container } = await local.containerOf(id);
    await untilSaid(id, false);
    const stop = ['/bin/sh', '-c', 'kill -STOP $(pgrep -x podex-daemon)'];
    (await local.engine.openExec(container, stop))?.resume();
    const other = await local.create();
    local.compute.api.idle.inUse.delete(id);
    await untilSaid(other, false);
    expect(local.compute.api.idle.inUse.has(id)).toBe(false);
  });
});
