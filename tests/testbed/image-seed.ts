import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ensureWorkspaceImage } from '../../workspace/image/build.ts';
import type { OnImageProgress } from '../../workspace/image/build-progress.ts';
import { workspaceImageDigest } from '../../workspace/image/image-digest.ts';
import { runCommand } from './run-command.ts';

/** What of an engine's data folder holds images: their layers, and the records about them. */
const LAYERS = 'overlay2';
const RECORDS = 'image';
const SEEDS_KEPT = 2;
const COPY_TIMEOUT_MS = 300_000;

export interface ImageSeedOptions {
  cacheDirectory: string;
  onProgress?: OnImageProgress;
  signal?: AbortSignal;
  /** Runs `use` with the socket and the data folder of an engine that is empty, and stopped afterwards. */
  withEmptyEngine: (
    use: (engine: { socketPath: string }) => Promise<void>,
  ) => Promise<{ dataDirectory: string }>;
}

/**
 * A folder with the data of an engine that has the workspace image and nothing else. Made once for each version
 * of the image (seconds from a saved image, two minutes from packages) and kept in the cache.
 */
export async function ensureImageSeed(options: ImageSeedOptions): Promise<string> {
  const { cacheDirectory, onProgress, signal } = options;
  const seed = path.join(cacheDirectory, 'engine-seeds', (await workspaceImageDigest()).slice(0, 16));
  if (await isThere(seed)) return seed;
  const { dataDirectory } = await options.withEmptyEngine(async ({ socketPath }) => {
    await ensureWorkspaceImage({
      endpoint: { socketPath },
      cacheDirectory: path.join(cacheDirectory, 'images'),
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
  });
  const partial = `${seed}.${process.pid}.part`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await copySeed(dataDirectory, partial);
    await rename(partial, seed);
  } catch (error) {
    // Another run may have made the same seed in the meantime; its is as good.
    if (!(await isThere(seed))) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  await removeOldSeeds(path.dirname(seed));
  return seed;
}

/**
 * Gives an engine that has not started yet the image of a seed. Layers are hard links: engines never write to
 * the files of a layer, they mount it read-only and write beside it. On another file system they are copied.
 */
export async function copySeed(seed: string, dataDirectory: string): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  const layers = path.join(seed, LAYERS);
  const link = ['--archive', '--link', layers, dataDirectory];
  await runCommand('cp', link, { timeoutMs: COPY_TIMEOUT_MS }).catch(async () => {
    await rm(path.join(dataDirectory, LAYERS), { recursive: true, force: true });
    await runCommand('cp', ['--archive', layers, dataDirectory], { timeoutMs: COPY_TIMEOUT_MS });
  });
  await runCommand('cp', ['--archive', path.join(seed, RECORDS), dataDirectory]);
}

async function removeOldSeeds(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => !name.endsWith('.part'));
  const seeds = await Promise.all(
    names.map(async (name) => ({ name, mtimeMs: (await stat(path.join(directory, name))).mtimeMs })),
  );
  const old = seeds.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(SEEDS_KEPT);
  for (const { name } of old) await rm(path.join(directory, name), { recursive: true, force: true });
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
