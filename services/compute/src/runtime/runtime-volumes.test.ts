import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '@podex/service-kit/logger';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { settingsOf } from '../../testing/builders.ts';
import { ScriptedEngine } from '../../testing/scripted-engine.ts';
import { oneOffSpec } from '../engine-jobs/one-off-container.ts';
import { RuntimeVolumes } from './runtime-volumes.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const wait = { timeoutMs: 5000 };

function runtimeFolder(): string {
  const folder = temporaryFolder('runtime');
  writeFileSync(path.join(folder, 'node'), 'binary');
  chmodSync(path.join(folder, 'node'), 0o755);
  mkdirSync(path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'node_modules', 'pty.node'), 'native');
  return folder;
}

function volumesOf(builds: { count: number } = { count: 0 }): RuntimeVolumes {
  const directory = runtimeFolder();
  const build = async () => {
    builds.count += 1;
    return { version: 'v1', directory };
  };
  return new RuntimeVolumes({ build, settings: settingsOf(), logger });
}

async function entriesOf(tar: Buffer | undefined): Promise<Record<string, { mode: number; uid: number }>> {
  const entries: Record<string, { mode: number; uid: number }> = {};
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader) {
    entries[entry.header.name] = { mode: entry.header.mode ?? 0, uid: entry.header.uid ?? -1 };
    entry.resume();
  }
  return entries;
}

describe('RuntimeVolumes', () => {
  it('fills a volume once, for all who ask, and marks it last', async () => {
    const engine = new ScriptedEngine();
    const builds = { count: 0 };
    const volumes = volumesOf(builds);
    const answers = await Promise.all([volumes.ensure(engine, wait), volumes.ensure(engine, wait)]);
    expect(answers).toEqual(Array(2).fill({ name: 'podex-runtime-v1', version: 'v1' }));
    expect(builds.count).toBe(1);
    expect(engine.archives).toHaveLength(2);
    expect(Object.keys(await entriesOf(engine.archives[1]))).toEqual(['.complete']);
    expect(engine.containerCount).toBe(0);
    expect(engine.started).toEqual([]);
  });

  it('gives everything to root, and to nobody to write', async () => {
    const engine = new ScriptedEngine();
    await volumesOf().ensure(engine, wait);
    const entries = await entriesOf(engine.archives[0]);
    expect(entries.node).toEqual({ mode: 0o755, uid: 0 });
    expect(entries['node_modules/pty.node']).toEqual({ mode: 0o644, uid: 0 });
  });

  it('uses what another compute has filled', async () => {
    const engine = new ScriptedEngine();
    await volumesOf().ensure(engine, wait);
    await volumesOf().ensure(engine, wait);
    expect(engine.archives).toHaveLength(2);
  });

  it('is not held up by a compute that died with the lock, once the volume is complete', async () => {
    const engine = new ScriptedEngine();
    await volumesOf().ensure(engine, wait);
    const lock = { purpose: 'runtime', name: 'podex-runtime-v1-fill', argv: ['/bin/true'] };
    await engine.containers.create(oneOffSpec(lock, settingsOf()));
    expect(await volumesOf().ensure(engine, wait)).toMatchObject({ version: 'v1' });
  });

  it('looks again after it was told to forget', async () => {
    const engine = new ScriptedEngine();
    const volumes = volumesOf();
    await volumes.ensure(engine, wait);
    engine.archives.length = 0;
    await volumes.ensure(engine, wait);
    expect(engine.archives).toHaveLength(0);
    volumes.forget(engine.identity.serverId);
    await volumes.ensure(engine, wait);
    expect(engine.archives).toHaveLength(2);
  });

  it('lets who waits go while the fill goes on', async () => {
    const engine = new ScriptedEngine();
    const { promise, resolve } = Promise.withResolvers<void>();
    const directory = runtimeFolder();
    const build = async () => {
      await promise;
      return { version: 'v1', directory };
    };
    const volumes = new RuntimeVolumes({ build, settings: settingsOf(), logger });
    expect(await volumes.ensure(engine, { timeoutMs: 10 })).toBe('filling');
    resolve();
    expect(await volumes.ensure(engine, wait)).toMatchObject({ version: 'v1' });
  });

  it('refuses a machine that there is no Node for', async () => {
    const engine = new ScriptedEngine({ info: { architecture: 's390x' } });
    await expect(volumesOf().ensure(engine, wait)).rejects.toThrow('not on s390x');
  });
});
