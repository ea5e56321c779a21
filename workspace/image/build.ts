import { randomBytes } from 'node:crypto';
import { access, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createBaseImage, removeImage } from './base-image.ts';
import { createProgressReport, type OnImageProgress, type ReportPhase } from './build-progress.ts';
import { type ImageBuildConfig, loadImageBuildConfig } from './config.ts';
import { buildDockerfile } from './dockerfile-build.ts';
import { EngineApiError, type EngineEndpoint, requestEngineDone, requestEngineJson } from './engine-api.ts';
import { loadImage, saveImage } from './image-archive.ts';
import { LABEL_IMAGE_DIGEST, workspaceImageDigest } from './image-digest.ts';
import { packImage } from './pack-image.ts';

export const DEFAULT_WORKSPACE_IMAGE = 'podex/workspace:latest';

const ENGINE_TIMEOUT_MS = 30_000;
/** Saved images to keep in a cache folder, the newest. */
const CACHED_ARCHIVES_MAX = 2;

export interface EnsureWorkspaceImageOptions {
  endpoint: EngineEndpoint;
  /** Default `podex/workspace:latest`. */
  image?: string;
  /** Folder for saved images: loaded from there when one fits, saved there after a build. Default: none. */
  cacheDirectory?: string;
  onProgress?: OnImageProgress;
  /** Stops the work; what is half done is removed. */
  signal?: AbortSignal;
  config?: ImageBuildConfig;
}

export interface WorkspaceImage {
  image: string;
  /** Hash of the inputs; equals the image's label `dev.podex.image-digest`. */
  digest: string;
  /** How it came to be there. */
  origin: 'present' | 'cache' | 'built';
}

/**
 * Makes sure that the engine has the workspace image of this checkout. At once when it has it; seconds from a
 * cache; one to two minutes when it is built from the distribution's packages. Running it twice at a time
 * builds twice and does no harm.
 *
 * @throws EngineApiError or a process error when building fails; the image of before, if any, is then untouched.
 */
export async function ensureWorkspaceImage(options: EnsureWorkspaceImageOptions): Promise<WorkspaceImage> {
  const { endpoint, signal, cacheDirectory, image = DEFAULT_WORKSPACE_IMAGE } = options;
  const report = createProgressReport(options.onProgress);
  const digest = await workspaceImageDigest();
  report('check', 0, `looking for ${image}`);
  if ((await findImage(endpoint, image))?.digest === digest) {
    report('done', 1, `${image} is there`);
    return { image, digest, origin: 'present' };
  }
  const archive = cacheDirectory && imageArchivePath(cacheDirectory, image, digest);
  if (archive && (await isThere(archive))) {
    report('load', 0, `loading ${image} from ${archive}`);
    await loadImage(endpoint, { file: archive, signal });
    if ((await findImage(endpoint, image))?.digest === digest) {
      report('done', 1, `${image} loaded`);
      return { image, digest, origin: 'cache' };
    }
  }
  await buildWorkspaceImage({
    endpoint,
    image,
    digest,
    report,
    signal,
    config: options.config ?? loadImageBuildConfig(),
  });
  if (archive && cacheDirectory) {
    report('pack', 0.9, `saving ${image} to ${archive}`);
    await saveImage(endpoint, { image, file: archive, signal });
    await removeOldArchives(cacheDirectory);
  }
  report('done', 1, `${image} is ready`);
  return { image, digest, origin: 'built' };
}

/** Where a cache folder keeps the saved image of these inputs. */
function imageArchivePath(cacheDirectory: string, image: string, digest: string): string {
  const name = image.replaceAll(/[^a-zA-Z0-9.-]/g, '-');
  return path.join(cacheDirectory, `${name}-${process.arch}-${digest.slice(0, 16)}.tar`);
}

/** An image's id and digest label; undefined when the engine has no such image. */
async function findImage(
  endpoint: EngineEndpoint,
  image: string,
): Promise<{ id: string; digest: string | undefined } | undefined> {
  try {
    const { Id, Config } = await requestEngineJson(
      endpoint,
      { method: 'GET', path: `/images/${encodeURIComponent(image)}/json`, timeoutMs: ENGINE_TIMEOUT_MS },
      z.object({ Id: z.string(), Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }) }),
    );
    return { id: Id, digest: Config.Labels?.[LABEL_IMAGE_DIGEST] };
  } catch (error) {
    if (error instanceof EngineApiError && error.status === 404) return undefined;
    throw error;
  }
}

interface BuildOptions {
  endpoint: EngineEndpoint;
  image: string;
  digest: string;
  report: ReportPhase;
  signal: AbortSignal | undefined;
  config: ImageBuildConfig;
}

async function buildWorkspaceImage(options: BuildOptions): Promise<void> {
  const { endpoint, image, digest, report, signal, config } = options;
  const buildId = `${digest.slice(0, 12)}-${randomBytes(3).toString('hex')}`;
  const built = `podex/workspace-build:${buildId}`;
  const before = await findImage(endpoint, image);
  await using base = await createBaseImage({ endpoint, buildId, config, report, signal });
  try {
    await buildDockerfile({ endpoint, base: base.reference, tag: built, report, signal });
    report('pack', 0, 'packing the image');
    await packImage(endpoint, {
      from: built,
      to: image,
      label: { name: LABEL_IMAGE_DIGEST, value: digest },
      signal,
    });
  } finally {
    await removeImage(endpoint, built);
  }
  if (before) await removeUnusedImage(endpoint, before.id);
}

/** The image of before has lost its name; it goes unless a container still needs it. */
async function removeUnusedImage(endpoint: EngineEndpoint, id: string): Promise<void> {
  try {
    await requestEngineDone(endpoint, {
      method: 'DELETE',
      path: `/images/${id}`,
      timeoutMs: ENGINE_TIMEOUT_MS,
    });
  } catch (error) {
    const isNeededOrGone = error instanceof EngineApiError && (error.status === 409 || error.status === 404);
    if (!isNeededOrGone) throw error;
  }
}

async function removeOldArchives(cacheDirectory: string): Promise<void> {
  const names = (await readdir(cacheDirectory)).filter((name) => name.endsWith('.tar'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, mtimeMs: (await stat(path.join(cacheDirectory, name))).mtimeMs })),
  );
  const old = files.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(CACHED_ARCHIVES_MAX);
  for (const { name } of old) await rm(path.join(cacheDirectory, name), { force: true });
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      socket: { type: 'string', default: '/var/run/docker.sock' },
      image: { type: 'string', default: DEFAULT_WORKSPACE_IMAGE },
      cache: { type: 'string' },
    },
  });
  const result = await ensureWorkspaceImage({
    endpoint: { socketPath: values.socket },
    image: values.image,
    ...(values.cache ? { cacheDirectory: values.cache } : {}),
    onProgress: ({ phase, percent, message }) => process.stdout.write(`${percent}% ${phase}: ${message}\n`),
  });
  process.stdout.write(`${result.image} ${result.origin} ${result.digest}\n`);
}

if (import.meta.main) await main();
