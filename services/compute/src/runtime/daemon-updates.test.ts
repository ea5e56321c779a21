import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync } from 'node:zlib';
import { newId } from '@podex/contracts/ids';
import type { DaemonsInput } from '@podex/contracts/internal/compute';
import { DAEMON_PROTOCOL, DAEMON_RUNTIME_BASE, upgradeQuery } from '@podex/contracts/internal/daemon';
import { Background } from '@podex/service-kit/background';
import { createLogger } from '@podex/service-kit/logger';
import { waitUntil } from '@podex/service-kit/waiting';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { BridgeDouble } from '../../testing/bridge-double.ts';
import { ScriptedEngine } from '../../testing/scripted-engine.ts';
import { ContainerIndex } from '../containers/container-index.ts';
import { LinkPool } from '../links/link-pool.ts';
import { DaemonUpdates } from './daemon-updates.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const CODE = 'the newer code of the daemon';
const OLDER = {
  version: 'older',
  protocol: DAEMON_PROTOCOL,
  runtime_base: DAEMON_RUNTIME_BASE,
  next_version: null,
  upgrade_failed: null,
};
const place = { workspaceId: newId('workspace'), serverId: newId('server'), containerId: 'c1' };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Takes what it is sent, as a daemon that runs does. */
async function startDaemon() {
  const sent: { announced: unknown; code: string }[] = [];
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://daemon');
    const announced = upgradeQuery.parse(Object.fromEntries(searchParams));
    sent.push({ announced, code: brotliDecompressSync(await buffer(request)).toString() });
    response.end(JSON.stringify({ next_version: announced.version }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { sent, port: (server.address() as AddressInfo).port };
}

async function start({
  offerAfterMs = 0,
  isKnownToApi = () => true,
}: {
  offerAfterMs?: number;
  isKnownToApi?: () => boolean;
} = {}) {
  const { sent, port } = await startDaemon();
  const directory = temporaryFolder('runtime');
  writeFileSync(path.join(directory, 'daemon-code.js'), CODE);
  const links = new LinkPool({ logger, openBridge: async () => (await BridgeDouble.start(port)).stream });
  const index = new ContainerIndex();
  const reports: DaemonsInput['items'] = [];
  const updates = new DaemonUpdates({
    runtimes: { builtFor: async () => ({ version: 'newer', directory }) },
    index,
    links,
    engineOf: async () => new ScriptedEngine(),
    isWatched: () => true,
    api: {
      async reportDaemons(items) {
        reports.push(...items);
        return isKnownToApi() ? items.map(({ workspace_id: id }) => id) : [];
      },
    },
    untilQuiet: async () => undefined,
    logger,
    times: { tickMs: 10, offerAfterMs },
  });
  const background = new Background(logger);
  updates.start(background);
  closers.push(async () => links.close());
  closers.push(() => background.stop());
  return { updates, index, sent, reports };
}

const until = (isTrue: () => boolean) =>
  waitUntil(async () => (isTrue() ? true : undefined), { timeoutMs: 10_000, everyMs: 5 });

it('sends an older daemon the code once, says what it said, and then that it runs at the next start', async () => {
  const { updates, index, sent, reports } = await start();
  index.note({ ...place, state: 'running' });
  updates.noteStart(place, OLDER);
  await until(() => reports.length > 0);
  expect(sent).toEqual([
    {
      announced: {
        version: 'newer',
        base: DAEMON_RUNTIME_BASE,
        sha256: createHash('sha256').update(CODE).digest('hex'),
      },
      code: CODE,
    },
  ]);
  expect(reports).toEqual([{ workspace_id: place.workspaceId, container_id: 'c1', update: 'at_next_start' }]);
  expect(updates.count()).toEqual([
    { protocol: String(DAEMON_PROTOCOL), standing: 'at_next_start', count: 1 },
  ]);
  updates.noteStart(place, { ...OLDER, version: 'newer' });
  await until(() => reports.at(-1)?.update === null);
  expect(sent).toHaveLength(1);
});

it('leaves what is frozen alone until it is used again', async () => {
  const { updates, index, sent, reports } = await start();
  index.note({ ...place, state: 'paused' });
  updates.noteStart(place, OLDER);
  const other = { ...place, workspaceId: newId('workspace'), containerId: 'c2' };
  index.note({ ...other, state: 'running' });
  updates.noteStart(other, { ...OLDER, runtime_base: 0 });
  await until(() => reports.length > 0);
  expect(reports).toMatchObject([{ container_id: 'c2', update: 'needs_rebuild' }]);
  expect(sent).toEqual([]);
  index.note({ ...place, state: 'running' });
  await until(() => sent.length === 1);
});

it('sends nothing in its first moments, and tells api again what it did not take', async () => {
  let isKnown = false;
  const { updates, index, sent, reports } = await start({
    offerAfterMs: 60_000,
    isKnownToApi: () => isKnown,
  });
  index.note({ ...place, state: 'running' });
  updates.noteStart(place, { ...OLDER, upgrade_failed: 'newer' });
  const other = { ...place, workspaceId: newId('workspace'), containerId: 'c2' };
  index.note({ ...other, state: 'running' });
  updates.noteStart(other, OLDER);
  await until(() => reports.length >= 2);
  isKnown = true;
  const before = reports.length;
  await until(() => reports.length > before);
  expect(new Set(reports.map(({ update, container_id: id }) => `${id} ${update}`))).toEqual(
    new Set(['c1 needs_rebuild']),
  );
  expect(sent).toEqual([]);
  // A hostile daemon chooses no labels of a metric.
  updates.note(place, { ...OLDER, protocol: 123_456 });
  expect(updates.count()).toContainEqual({ protocol: 'newer', standing: 'current', count: 1 });
});
