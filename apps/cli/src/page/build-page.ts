import { access, cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { takeLock } from '../state/instance-lock.ts';
import { readJsonFile, writeJsonFile } from '../state/json-file.ts';
import { hashSources } from './source-hash.ts';

const BUILD_TIMEOUT_MS = 900_000;
const OUTPUT_LINES_SHOWN = 20;
/** What the page is made of. */
const SOURCES = ['apps/web', 'packages/contracts', 'packages/client', 'package-lock.json'];

const stampFile = z.object({ source_hash: z.string() });

export interface BuildPageOptions {
  /** The checkout. */
  root: string;
  /** The Node that builds. */
  node: string;
  onProgress?: (detail: string) => void;
  signal: AbortSignal;
}

export interface BuiltPage {
  /** The program that serves the page. */
  serverFile: string;
  /** Whether it was there already. */
  isFresh: boolean;
}

/** Where the build leaves the server of the page. */
export function pageServerFile(root: string): string {
  return path.join(root, 'apps/web/.next/standalone/apps/web/server.js');
}

/**
 * Builds the page unless it has been built from exactly these sources. Two that start at a time build once.
 *
 * @throws CliError with the end of the build's output.
 */
export async function ensurePage(options: BuildPageOptions): Promise<BuiltPage> {
  const { root, signal, onProgress } = options;
  const directory = path.join(root, 'apps/web');
  const serverFile = pageServerFile(root);
  await using _lock = await takeLock(`page:${directory}`, {
    signal,
    timeoutMs: BUILD_TIMEOUT_MS,
    onWait: () => onProgress?.('another process builds it'),
  });
  const stamp = path.join(directory, '.next/podex-build.json');
  const sourceHash = await hashSources(root, SOURCES);
  const built = await readJsonFile(stamp, stampFile);
  if (built?.source_hash === sourceHash && (await isThere(serverFile))) return { serverFile, isFresh: false };
  await rm(stamp, { force: true });
  await runBuild(options, directory);
  await addAssets(directory);
  await writeJsonFile(stamp, { source_hash: sourceHash }, 0o644);
  return { serverFile, isFresh: true };
}

/**
 * Variables that begin with NEXT_PUBLIC_ are left out: the build would replace them by their value, and the
 * page must take them when its server starts.
 */
export function buildEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('NEXT_PUBLIC_'),
  );
  return { ...Object.fromEntries(kept), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
}

async function runBuild({ node, signal, onProgress }: BuildPageOptions, directory: string): Promise<void> {
  const next = createRequire(path.join(directory, 'package.json')).resolve('next/dist/bin/next');
  const output: string[] = [];
  const build = execa(node, [next, 'build', directory], {
    cwd: directory,
    env: buildEnvironment(process.env),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    timeout: BUILD_TIMEOUT_MS,
    cancelSignal: signal,
  });
  try {
    for await (const line of build.iterable({ from: 'all' })) {
      const text = String(line).trim();
      if (text === '') continue;
      output.push(text);
      if (output.length > OUTPUT_LINES_SHOWN) output.shift();
      onProgress?.(text);
    }
    await build;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    throw new CliError(['the page cannot be built. The end of the output:', ...output].join('\n'), {
      cure: 'again with: npx next build apps/web',
      cause: error,
    });
  }
}

/** The server of the standalone output expects the assets beside it. */
async function addAssets(directory: string): Promise<void> {
  const standalone = path.join(directory, '.next/standalone/apps/web');
  const assets = [
    { from: path.join(directory, '.next/static'), to: path.join(standalone, '.next/static') },
    { from: path.join(directory, 'public'), to: path.join(standalone, 'public') },
  ];
  for (const { from, to } of assets) {
    if (!(await isThere(from))) continue;
    await rm(to, { recursive: true, force: true });
    await mkdir(path.dirname(to), { recursive: true });
    await cp(from, to, { recursive: true });
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
