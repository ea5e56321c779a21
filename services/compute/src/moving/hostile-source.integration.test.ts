import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { newId } from '@podex/contracts/ids';
import { moveTask } from '@podex/contracts/internal/moving';
import { buildRuntime } from '@podex/daemon/bundle';
import { createLogger } from '@podex/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTestEngine } from '../../../../tests/stack/test-engine.ts';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { tarOf } from '../../testing/hostile-archive.ts';
import { loadConfig } from '../config.ts';
import { type Engine, openEngine } from '../docker/engine.ts';
import { LABEL_MOVE } from '../docker/labels.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';
import { type RuntimeVolume, RuntimeVolumes } from '../runtime/runtime-volumes.ts';
import { incomingFolder } from '../storage/storage-folder.ts';
import { COPY_LIMITS, type CopyLimits, copyFiles } from './copy-files.ts';
import { receiverSpec, senderSpec } from './move-containers.ts';

const storage = temporaryFolder('storage');
/** On the machine of the engine, outside the storage. */
const outside = temporaryFolder('outside');
const { containers: settings, runtimeDirectory } = loadConfig({
  COMPUTE_API_BASE_URL: 'http://127.0.0.1:1',
  COMPUTE_INTERNAL_SERVICE_TOKEN: 'token-of-at-least-32-characters-one',
  COMPUTE_INTERNAL_API_KEY: 'token-of-at-least-32-characters-two',
  COMPUTE_WORKSPACE_STORAGE: storage,
  COMPUTE_RUNTIME_DIRECTORY: path.join(temporaryFolder('runtime'), 'built'),
});

let engine: Engine;
let runtime: RuntimeVolume;

beforeAll(async () => {
  const address = { kind: 'socket', path: requireTestEngine() } as const;
  engine = await openEngine({ serverId: newId('server'), serverName: 'ws-2', address });
  const volumes = new RuntimeVolumes({
    build: (architecture) => buildRuntime({ outDirectory: runtimeDirectory, architecture }),
    settings,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const found = await volumes.ensure(engine, { timeoutMs: 120_000 });
  if (found === 'filling') throw new Error('the runtime was not filled in time');
  runtime = found;
  mkdirSync(path.join(storage, 'victim', 'home'), { recursive: true });
  writeFileSync(path.join(storage, 'victim', 'home', 'file'), 'untouched');
  writeFileSync(path.join(outside, 'file'), 'untouched');
}, 180_000);

afterAll(async () => {
  for (const { id } of await engine.containers.list(LABEL_MOVE)) await engine.containers.remove(id);
  engine?.close();
});

function taskOf() {
  return moveTask.parse({
    id: newId('move'),
    workspace_id: newId('workspace'),
    lease_token: 'lease',
    lease_ttl_ms: 30_000,
    attempts: 0,
    size: 'small',
    image: null,
    region: null,
    region_match: 'required',
    required_labels: {},
    source: { server_id: newId('server'), storage_key: 'source' },
    target_key: crypto.randomUUID(),
    target_server: null,
    step: 'copy',
    leftover: null,
  });
}

/** What a server that is in somebody else’s hands does in place of Podex’s program. */
function hostileSpec(task: ReturnType<typeof taskOf>, script: string, ...parameters: string[]) {
  const spec = oneOffSpec(
    { purpose: 'hostile', argv: ['/bin/bash', '-c', script, 'script', ...parameters] },
    settings,
  );
  return { ...spec, name: `podex-move-out-${task.target_key}`, Labels: { [LABEL_MOVE]: task.id } };
}

async function copy(spec: (task: ReturnType<typeof taskOf>) => object, limits: Partial<CopyLimits> = {}) {
  const task = taskOf();
  const from = { engine, spec: { ...hostileSpec(task, ':'), ...(await spec(task)) } };
  const to = { engine, spec: await receiverSpec(task, runtime, settings) };
  const copied = copyFiles(from, to, {
    signal: AbortSignal.timeout(60_000),
    isReachable: () => true,
    onProgress: () => undefined,
    limits: { ...COPY_LIMITS, ...limits },
  });
  const result = await copied.then(
    (manifest) => ({ manifest, error: undefined }),
    (error: unknown) => ({ manifest: undefined, error }),
  );
  return { ...result, folder: incomingFolder(task.target_key, storage) };
}

/** Everything that is on the machine and is not of this copy is as it was. */
function expectNothingOutside(): void {
  expect(readFileSync(path.join(storage, 'victim', 'home', 'file'), 'utf8')).toBe('untouched');
  expect(readdirSync(path.join(storage, 'victim', 'home'))).toEqual(['file']);
  expect(readdirSync(storage).sort()).toEqual(['.podex', 'victim']);
  expect(readFileSync(path.join(outside, 'file'), 'utf8')).toBe('untouched');
  expect(readdirSync(outside)).toEqual(['file']);
}

const TELL = `printf '\\ntotal {"files":1,"bytes":1}\\n' >&2`;
const LIE = `printf '\\nmanifest {"files":3,"bytes":1,"sha256":"${'0'.repeat(64)}"}\\n' >&2`;
const home = { name: 'home/', type: '5' } as const;

describe('a server that sends what it likes in place of the files of a workspace', {
  timeout: 90_000,
}, () => {
  it.each([
    [
      'absolute paths',
      [home, { name: `${outside}/evil`, content: 'x' }, { name: `${outside}/file`, content: 'x' }],
    ],
    [
      'paths that climb',
      [
        home,
        { name: 'home/../../../victim/home/file', content: 'x' },
        { name: '../victim/home/evil', content: 'x' },
      ],
    ],
    [
      'a link, then a file through it',
      [
        home,
        { name: 'home/out', type: '2', link: outside },
        { name: 'home/out/evil', content: 'x' },
        { name: 'home/up', type: '2', link: '../../../victim' },
        { name: 'home/up/home/file', content: 'x' },
      ],
    ],
    [
      'hard links to what is outside',
      [
        home,
        { name: 'home/hard', type: '1', link: `${outside}/file` },
        { name: 'home/hard', content: 'x' },
        { name: 'home/climbs', type: '1', link: '../victim/home/file' },
        { name: 'home/climbs', content: 'x' },
      ],
    ],
    [
      'devices',
      [
        home,
        { name: 'home/disk', type: '4', device: [8, 0] },
        { name: 'home/memory', type: '3', device: [1, 1] },
      ],
    ],
    [
      'folders beside those of the workspace',
      [home, { name: 'elsewhere/', type: '5' }, { name: 'elsewhere/evil', content: 'x' }],
    ],
  ] as const)(
    'writes nothing outside the folder of the copy, and is not believed: %s',
    async (_what, entries) => {
      const archive = tarOf(entries).toString('base64');
      const script = `${TELL}; base64 -d <<< "$1"; ${LIE}`;
      const { error } = await copy((task) => hostileSpec(task, script, archive));
      expect(PodexError.isInstance(error)).toBe(true);
      expectNothingOutside();
    },
  );

  it.each(['home', 'state'])(
    'gives its workspace no folder of the other server by a link in place of “%s”',
    async (part) => {
      const source = path.join(temporaryFolder('source'));
      for (const other of ['home', 'state']) {
        if (other === part) symlinkSync(outside, path.join(source, part));
        else mkdirSync(path.join(source, other));
      }
      // Podex’s own sender: both sides hold the same.
      const { error } = await copy(async (task) => {
        const spec = await senderSpec(task, 'source', runtime, settings);
        return { ...spec, HostConfig: { ...spec.HostConfig, Binds: [`${source}:/files:ro`] } };
      });
      expect(error).toMatchObject({
        code: 'container_failed',
        message: expect.stringMatching(/in place of the folder/),
      });
      expectNothingOutside();
    },
  );

  it('fills no disk with an archive that does not end', async () => {
    const archive = tarOf([home, { name: 'home/endless', size: 8_000_000_000 }], { isOpen: true }).toString(
      'base64',
    );
    const script = `${TELL}; base64 -d <<< "$1"; cat /dev/zero; ${LIE}`;
    const { error } = await copy((task) => hostileSpec(task, script, archive), { maxBytes: 30_000_000 });
    expect(error).toMatchObject({ code: 'disk_full', message: expect.stringMatching(/larger than/) });
    expectNothingOutside();
  });

  it('keeps no copy busy with a byte now and then', async () => {
    const script = `${TELL}; while sleep 0.2; do printf x; printf . >&2; done`;
    const startedAt = performance.now();
    const { error } = await copy((task) => hostileSpec(task, script), { stallMs: 3_000 });
    expect(error).toMatchObject({ code: 'timed_out', message: expect.stringMatching(/^Less than/) });
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it.each([
    ['figures out of all bounds', '{"files":-1,"bytes":1e999}'],
    ['no JSON', '{not json}'],
    ['a long hash', `{"files":1,"bytes":1,"sha256":"${'a'.repeat(5_000)}"}`],
  ])('is not followed in what it says of itself: %s', async (_what, words) => {
    const archive = tarOf([home]).toString('base64');
    const script = `printf '\\ntotal %s\\n' "$2" >&2; base64 -d <<< "$1"; sleep 2.5; printf '\\nmanifest %s\\n' "$2" >&2`;
    const { error } = await copy((task) => hostileSpec(task, script, archive, words));
    expect(PodexError.isInstance(error)).toBe(true);
  });
});
