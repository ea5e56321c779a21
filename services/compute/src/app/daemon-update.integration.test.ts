import { appendFile, constants, cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkspaceId } from '@podex/contracts/ids';
import { DAEMON_PROTOCOL } from '@podex/contracts/internal/daemon-code';
import { buildRuntime, type Runtime } from '@podex/daemon/bundle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { RUNTIME_DIRECTORY } from '../../testing/compute-fixture.ts';
import { LocalFixture } from '../../testing/local-fixture.ts';

const WATCH = { tickMs: 100, probeEveryMs: 500, probeUnlinkedEveryMs: 500, silentAfterMs: 30_000 };
const UPDATES = { tickMs: 100, offerAfterMs: 0 };

let local: LocalFixture;
let current: Runtime;
let older: Runtime;
/** What compute brings to its servers from its next start on. */
let built: Runtime;
let id: WorkspaceId;

/** As another build would be: the same but for some of the code, under a version of its own. */
async function buildOlder(): Promise<Runtime> {
  const version = `older-${current.version}`;
  const directory = path.join(temporaryFolder('runtime'), version);
  await cp(current.directory, directory, { recursive: true, mode: constants.COPYFILE_FICLONE });
  await appendFile(path.join(directory, 'daemon-code.js'), '\n// older');
  await writeFile(path.join(directory, 'version'), `${version}\n`);
  return { version, directory };
}

beforeAll(async () => {
  current = await buildRuntime({ outDirectory: RUNTIME_DIRECTORY });
  older = await buildOlder();
  built = older;
  local = await LocalFixture.start({
    build: async () => built,
    daemonWatchTimes: WATCH,
    daemonUpdateTimes: UPDATES,
  });
  id = await local.create();
}, 180_000);

afterAll(async () => {
  await local?.stop();
  await local?.engine.removeVolume(`podex-runtime-${older.version}`);
});

/** As root in the container. */
async function asRoot(line: string): Promise<void> {
  const { id: container } = await local.containerOf(id);
  const stream = await local.engine.openExec(container, ['/bin/sh', '-c', line]);
  await new Promise((resolve) => stream?.resume().once('close', resolve));
}

async function readTerminals(): Promise<unknown> {
  return (await local.compute.client.inside(id, '/terminals')).json();
}

async function askForWhatIsNew(): Promise<{ status: number; error: unknown }> {
  const response = await local.compute.client.inside(id, '/something-new');
  const { error } = (await response.json()) as { error: unknown };
  return { status: response.status, error };
}

describe('a workspace whose daemon is older than compute', { timeout: 120_000 }, () => {
  it('is served, is sent the newer code while it runs, and has it after its next start, with all that it had', async () => {
    const { api } = local.compute;
    await local.compute.client.run(id, 'echo mine > kept');
    await asRoot('echo package > /etc/installed-by-hand');
    const opened = await local.compute.client.inside(id, '/terminals', { method: 'POST', body: '{}' });
    expect(opened.status).toBe(201);
    const terminals = await readTerminals();
    const before = await local.containerOf(id);

    built = current;
    await local.compute.restart();
    await api.daemons.until(id, 'at_next_start', 60_000);
    expect(await readTerminals()).toEqual(terminals);
    expect((await local.containerOf(id)).startedAt).toBe(before.startedAt);
    expect(await local.compute.client.run(id, 'cat kept')).toBe('mine\n');
    expect(await askForWhatIsNew()).toMatchObject({
      status: 409,
      error: {
        code: 'daemon_outdated',
        message: 'This workspace runs an older Podex daemon. Stop and start it to update.',
      },
    });
    const metrics = await (await local.compute.client.metrics()).text();
    const counted = `^podex_daemons\\{protocol="${DAEMON_PROTOCOL}",update="at_next_start",.*\\} [1-9]`;
    expect(metrics).toMatch(new RegExp(counted, 'm'));

    api.want(id, { desired_status: 'stopped' });
    await api.untilSettled(id);
    api.want(id, { desired_status: 'running' });
    expect(await api.untilSettled(id, 60_000)).toMatchObject({ status: 'running', reason: null });
    await api.daemons.until(id, null, 60_000);
    expect((await local.containerOf(id)).id).toBe(before.id);
    const { client } = local.compute;
    expect(await client.run(id, 'cat kept /etc/installed-by-hand')).toBe('mine\npackage\n');
    expect(await (await client.inside(id, '/files/content?path=kept')).text()).toBe('mine\n');
    const next = JSON.parse(await client.run(id, 'cat /opt/podex-upgrade/next.json'));
    expect(next).toMatchObject({ version: current.version });
    const tries = await client.run(
      id,
      'ls /run/podex; for it in daemon link; do true < /run/podex/$it.sock; done; for it in next.json x; do true > /opt/podex-upgrade/$it; done; true',
    );
    expect(tries.match(/Permission denied/g)).toHaveLength(5);
    expect(await askForWhatIsNew()).toMatchObject({ status: 404, error: { code: 'not_found' } });
  });
});
