import { newId, type WorkspaceId } from '@podex/contracts/ids';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalFixture } from '../../testing/local-fixture.ts';

const ENDED_TIMEOUT_MS = 60_000;
/** Served from inside the workspace, since a test machine has no other host. */
const URL_WITH_SECRET = 'http://octo:hunter2-secret@127.0.0.1:9418/shop.git';
const MAKE_REPOSITORY = [
  'mkdir -p served/shop && cd served/shop',
  'git init -q -b main && git config user.email a@b.c && git config user.name A',
  'echo hello > README && git add . && git commit -qm first',
  'cd .. && git clone -q --bare shop shop.git && cd shop.git && git update-server-info',
].join(' && ');
const SERVE = 'cd served && exec python3 -m http.server 9418 --bind 127.0.0.1';
const BE_SILENT = `exec python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 9418)); s.listen(5); held = []
while True: held.append(s.accept()); open('asked', 'a').write('x')
"`;

let local: LocalFixture;

beforeAll(async () => {
  local = await LocalFixture.start();
}, 120_000);

afterAll(async () => {
  await local?.stop();
});

/** One whose first try failed, since nothing listens yet. */
async function createFailed(): Promise<WorkspaceId> {
  const id = await local.create({ git_url: URL_WITH_SECRET });
  expect(await local.compute.api.setups.untilEnded(id, ENDED_TIMEOUT_MS)).toMatchObject({
    status: 'failed',
    reason:
      'The repository was not cloned. The workspace can’t reach 127.0.0.1:9418, or the connection broke. Check the address and that the network is allowed. Then retry.',
  });
  return id;
}

async function serve(id: WorkspaceId, command: string): Promise<string> {
  const server = newId('command');
  await local.compute.client.command(id, server, { command, background: true });
  await waitUntil(
    async () =>
      (
        await local.compute.client.run(
          id,
          'ss -ltn 2>/dev/null | grep -c 9418 || (exec 3<>/dev/tcp/127.0.0.1/9418) 2>/dev/null && echo 1 || echo 0',
        )
      ).trim() !== '0'
        ? true
        : undefined,
    { timeoutMs: 20_000, everyMs: 100 },
  );
  return server;
}

/** Tries again against a host that accepts and says nothing. */
async function retryAgainstSilence(id: WorkspaceId): Promise<string> {
  const server = await serve(id, BE_SILENT);
  const { api, client } = local.compute;
  api.setups.retry(id);
  const commandId = api.setups.find(id).task.command_id;
  await waitUntil(
    async () => ((await client.inside(id, `/commands/${commandId}`)).status === 200 ? true : undefined),
    { timeoutMs: 20_000, everyMs: 50 },
  );
  return server;
}

describe('the clone of a repository', { timeout: 180_000 }, () => {
  it('tells why it failed, keeps nobody from working, and works when it is retried', async () => {
    const { api, client } = local.compute;
    const id = await createFailed();
    expect(api.task(id)).toMatchObject({ status: 'running' });
    expect(await client.run(id, 'ls -A | grep podex-clone || echo clean')).toBe('clean\n');
    await client.run(id, MAKE_REPOSITORY);
    await serve(id, SERVE);
    api.setups.retry(id);
    expect(await api.setups.untilEnded(id, ENDED_TIMEOUT_MS)).toMatchObject({ status: 'done', reason: null });
    expect(await client.run(id, 'cat shop/README; ls -A | grep podex-clone || echo clean')).toBe(
      'hello\nclean\n',
    );
    // Done again it takes what is there as it is.
    await client.run(id, 'echo mine > shop/README');
    api.setups.retry(id);
    expect(await api.setups.untilEnded(id, ENDED_TIMEOUT_MS)).toMatchObject({ status: 'done' });
    expect(await client.run(id, 'cat shop/README')).toBe('mine\n');
  });

  it('never touches files of the same name', async () => {
    const { api, client } = local.compute;
    const id = await createFailed();
    await client.run(id, 'mkdir shop && echo precious > shop/notes');
    api.setups.retry(id);
    const failed = await api.setups.untilEnded(id, ENDED_TIMEOUT_MS);
    expect(failed).toMatchObject({ status: 'failed' });
    expect(failed.reason).toMatch(/something else named shop/);
    expect(await client.run(id, 'cat shop/notes')).toBe('precious\n');
  });

  it('goes on while compute is replaced, which then tells how it ended', async () => {
    const id = await createFailed();
    const server = await retryAgainstSilence(id);
    const { command_id: before } = local.compute.api.setups.find(id).task;
    await local.compute.restart();
    await local.compute.api.untilServer(local.server, 'ready');
    await local.compute.client.inside(id, `/commands/${server}?signal=KILL`, { method: 'DELETE' });
    const ended = await local.compute.api.setups.untilEnded(id, ENDED_TIMEOUT_MS);
    expect(ended.reason).toMatch(/connection broke/);
    expect(local.compute.api.setups.find(id).task.command_id).toBe(before);
  });

  it('is done again from the start when its container was lost in the middle of it', async () => {
    const { api, client } = local.compute;
    const id = await createFailed();
    await retryAgainstSilence(id);
    const { command_id: before } = api.setups.find(id).task;
    await client.run(id, 'until [ -d .podex-clone ]; do :; done; echo half > .podex-clone/half');
    await local.engine.containers.kill((await local.containerOf(id)).id);
    expect(await api.setups.untilEnded(id, ENDED_TIMEOUT_MS)).toMatchObject({ status: 'failed' });
    expect(api.setups.find(id).task.command_id).not.toBe(before);
    expect(api.setups.find(id).observations.map(({ status }) => status)).toContain('interrupted');
    expect(await client.run(id, 'ls -A | grep podex-clone || echo clean')).toBe('clean\n');
  });

  it('is cut off by a stop, and done again after the next start', async () => {
    const { api } = local.compute;
    const id = await createFailed();
    await retryAgainstSilence(id);
    const { command_id: before } = api.setups.find(id).task;
    api.want(id, { desired_status: 'stopped' });
    await api.untilSettled(id);
    expect(api.setups.find(id).status).toBe('running');
    api.want(id, { desired_status: 'running' });
    await api.untilSettled(id);
    expect(await api.setups.untilEnded(id, ENDED_TIMEOUT_MS)).toMatchObject({ status: 'failed' });
    expect(api.setups.find(id).task.command_id).not.toBe(before);
  });
});
