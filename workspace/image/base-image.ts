import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nameAndTagOf } from '@podex/contracts/images';
import { execa } from 'execa';
import { z } from 'zod';
import type { ReportPhase } from './build-progress.ts';
import type { ImageBuildConfig } from './config.ts';
import { type EngineEndpoint, requestEngine, requestEngineDone, requestEngineJson } from './engine-api.ts';
import { readEngineMessages } from './engine-messages.ts';
import {
  type Distribution,
  type HostAptSettings,
  publicSources,
  readHostAptSettings,
  writeBuildFiles,
} from './host-apt-settings.ts';

/** Pulled when a registry responds. */
const PUBLIC_BASE = {
  repository: 'debian',
  tag: 'bookworm-slim',
  distribution: { id: 'debian', codename: 'bookworm' },
} as const;

/** A registry that has not begun to respond by then is taken to be out of reach. */
const PULL_FIRST_ANSWER_TIMEOUT_MS = 15_000;
const ENGINE_TIMEOUT_MS = 120_000;
const BOOTSTRAP_TIMEOUT_MS = 900_000;
/** Lines that debootstrap prints for a minimal system, for the progress display. */
const BOOTSTRAP_LINES_EXPECTED = 460;
const BOOTSTRAP_LINES_SHOWN = 8;

export interface BaseImageOptions {
  endpoint: EngineEndpoint;
  /** Part of the names of intermediate images, so that two builds never share one. */
  buildId: string;
  config: ImageBuildConfig;
  report: ReportPhase;
  signal?: AbortSignal | undefined;
}

/** A base image that lives as long as the build; `await using` removes it. */
export interface BaseImage extends AsyncDisposable {
  reference: string;
}

/**
 * Makes the image that the Dockerfile starts from: Debian's slim one from a registry or, where none responds,
 * this machine's own distribution bootstrapped from its own mirror; with this machine's way to reach packages
 * added to it for the time of the build.
 *
 * @throws when no registry responds and bootstrapping is impossible: not root, or debootstrap missing or failing.
 */
export async function createBaseImage(options: BaseImageOptions): Promise<BaseImage> {
  // Removing an image only drops our name for it: layers in use stay.
  await using created = new AsyncDisposableStack();
  const settings = await readHostAptSettings(options.config);
  let distribution: Distribution = PUBLIC_BASE.distribution;
  let reference = await pullPublicBase(options);
  if (reference === undefined) {
    distribution = settings.distribution;
    const bootstrapped = await bootstrapBase(options, settings);
    reference = bootstrapped;
    created.defer(() => removeImage(options.endpoint, bootstrapped));
  }
  const prepared = await addBuildFiles(options, reference, distribution, settings);
  created.defer(() => removeImage(options.endpoint, prepared));
  const keep = created.move();
  return { reference: prepared, [Symbol.asyncDispose]: () => keep[Symbol.asyncDispose]() };
}

/** Removes an image by reference; one that is gone already is fine. */
export async function removeImage(endpoint: EngineEndpoint, reference: string): Promise<void> {
  await requestEngineDone(endpoint, {
    method: 'DELETE',
    path: `/images/${encodeURIComponent(reference)}?force=true`,
    timeoutMs: ENGINE_TIMEOUT_MS,
  }).catch((error: unknown) => {
    if (!(error instanceof Error && 'status' in error && error.status === 404)) throw error;
  });
}

/** The public base's reference, or undefined when no registry responds in time. */
async function pullPublicBase({ endpoint, report, signal }: BaseImageOptions): Promise<string | undefined> {
  const { repository, tag } = PUBLIC_BASE;
  report('pull', 0, `pulling ${repository}:${tag}`);
  const firstAnswer = AbortSignal.timeout(PULL_FIRST_ANSWER_TIMEOUT_MS);
  const controller = new AbortController();
  const abort = () => controller.abort();
  firstAnswer.addEventListener('abort', abort);
  signal?.addEventListener('abort', abort);
  try {
    const response = await requestEngine(endpoint, {
      method: 'POST',
      path: `/images/create?${new URLSearchParams({ fromImage: repository, tag })}`,
      signal: controller.signal,
      timeoutMs: ENGINE_TIMEOUT_MS,
    });
    await readEngineMessages(response, ({ progressDetail }) => {
      firstAnswer.removeEventListener('abort', abort);
      const { current = 0, total = 0 } = progressDetail ?? {};
      if (total > 0) report('pull', current / total, `pulling ${repository}:${tag}`);
    });
    return `${repository}:${tag}`;
  } catch {
    // Whatever the reason, the remedy is the same: the packages of this machine's own mirror.
    signal?.throwIfAborted();
    return undefined;
  } finally {
    firstAnswer.removeEventListener('abort', abort);
    signal?.removeEventListener('abort', abort);
  }
}

async function bootstrapBase(options: BaseImageOptions, settings: HostAptSettings): Promise<string> {
  const { config, signal } = options;
  const { codename, id } = settings.distribution;
  const mirror = settings.sources.find(({ suite }) => suite === codename)?.uri;
  if (mirror === undefined) {
    throw new Error(
      `No registry responds, and apt's sources name no mirror of ${id} ${codename}. Give the machine access to a registry or a mirror.`,
    );
  }
  if (process.getuid?.() !== 0)
    throw new Error(
      'No registry responds, and only root can bootstrap a base image. Run this as root, or give the machine access to a registry.',
    );
  const directory = await mkdtemp(path.join(config.workDirectory, 'podex-base-'));
  try {
    const root = path.join(directory, 'root');
    await runDebootstrap(options, settings, { root, mirror });
    await writeFile(
      path.join(root, 'etc/apt/sources.list'),
      publicSources(settings.distribution, process.arch),
    );
    return await importRoot(options, root);
  } finally {
    await rm(directory, { recursive: true, force: true });
    signal?.throwIfAborted();
  }
}

async function runDebootstrap(
  { report, signal }: BaseImageOptions,
  { distribution, httpProxy }: HostAptSettings,
  { root, mirror }: { root: string; mirror: string },
): Promise<void> {
  const { codename } = distribution;
  const components = distribution.id === 'ubuntu' ? ['--components=main,universe'] : [];
  // In a mount namespace of its own: when it is killed half-way, its mounts below `root` go with it.
  const bootstrap = execa(
    'unshare',
    [
      '--mount',
      '--propagation',
      'private',
      'debootstrap',
      '--variant=minbase',
      ...components,
      codename,
      root,
      mirror,
    ],
    {
      all: true,
      timeout: BOOTSTRAP_TIMEOUT_MS,
      env: httpProxy ? { http_proxy: httpProxy } : {},
      ...(signal ? { cancelSignal: signal } : {}),
    },
  );
  const lines: string[] = [];
  try {
    for await (const line of bootstrap.iterable({ from: 'all' })) {
      const message = String(line).replace(/^[IWE]: /, '');
      lines.push(message);
      report(
        'bootstrap',
        lines.length / BOOTSTRAP_LINES_EXPECTED,
        `${distribution.id} ${codename}: ${message}`,
      );
    }
    await bootstrap;
  } catch (cause) {
    signal?.throwIfAborted();
    const end = lines.slice(-BOOTSTRAP_LINES_SHOWN).join('\n');
    throw new Error(`Bootstrapping ${distribution.id} ${codename} from ${mirror} failed:\n${end}`, { cause });
  }
}

/** The root folder as an image of one layer. */
async function importRoot({ endpoint, buildId, signal }: BaseImageOptions, root: string): Promise<string> {
  const reference = `podex/workspace-bootstrap:${buildId}`;
  const archive = execa(
    'tar',
    [
      '--create',
      '--numeric-owner',
      '--exclude=./var/cache/apt/*',
      '--exclude=./var/lib/apt/lists/*',
      '-C',
      root,
      '.',
    ],
    { buffer: false, encoding: 'buffer', ...(signal ? { cancelSignal: signal } : {}) },
  );
  const { name, tag } = nameAndTagOf(reference);
  const response = await requestEngine(endpoint, {
    method: 'POST',
    path: `/images/create?${new URLSearchParams({ fromSrc: '-', repo: name, tag })}`,
    body: archive.stdout,
    signal,
    timeoutMs: ENGINE_TIMEOUT_MS,
  });
  await Promise.all([archive, readEngineMessages(response, () => undefined)]);
  return reference;
}

/** A container of `image` that is never started is the engine's way to add files to an image. */
async function addBuildFiles(
  { endpoint, buildId, config, signal }: BaseImageOptions,
  image: string,
  distribution: Distribution,
  settings: HostAptSettings,
): Promise<string> {
  const directory = await mkdtemp(path.join(config.workDirectory, 'podex-build-files-'));
  try {
    const root = path.join(directory, 'root');
    await mkdir(root);
    await writeBuildFiles(root, settings, distribution);
    const archive = execa(
      'tar',
      ['--create', '--numeric-owner', '--owner=0', '--group=0', '-C', root, 'etc'],
      {
        buffer: false,
        encoding: 'buffer',
      },
    );
    const call = { signal, timeoutMs: ENGINE_TIMEOUT_MS };
    const container = await requestEngineJson(
      endpoint,
      { method: 'POST', path: '/containers/create', body: { Image: image, Cmd: ['/bin/true'] }, ...call },
      z.object({ Id: z.string() }),
    );
    try {
      await requestEngineDone(endpoint, {
        method: 'PUT',
        path: `/containers/${container.Id}/archive?path=/`,
        body: archive.stdout,
        ...call,
      });
      await archive;
      await requestEngineDone(endpoint, {
        method: 'POST',
        path: `/commit?${new URLSearchParams({ container: container.Id, repo: 'podex/workspace-base', tag: buildId })}`,
        ...call,
      });
    } finally {
      await requestEngineDone(endpoint, {
        method: 'DELETE',
        path: `/containers/${container.Id}?force=true`,
        timeoutMs: ENGINE_TIMEOUT_MS,
      });
    }
    return `podex/workspace-base:${buildId}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
