import { execa } from 'execa';
import { removeImage } from './base-image.ts';
import type { ReportPhase } from './build-progress.ts';
import { EngineApiError, type EngineEndpoint, requestEngine, requestEngineDone } from './engine-api.ts';
import { readEngineMessages } from './engine-messages.ts';
import { IMAGE_CONTEXT_DIRECTORY, IMAGE_CONTEXT_ENTRIES } from './image-digest.ts';

/** Longest silence of a build step, in milliseconds: unpacking a large package says nothing for a while. */
const BUILD_SILENCE_TIMEOUT_MS = 600_000;
const CLEANUP_TIMEOUT_MS = 60_000;
const OUTPUT_LINES_SHOWN = 20;

export interface DockerfileBuildOptions {
  endpoint: EngineEndpoint;
  /** The image that the Dockerfile starts from. */
  base: string;
  /** What to call the result. */
  tag: string;
  report: ReportPhase;
  signal: AbortSignal | undefined;
}

/** What a build has made so far, by the short ids that the engine prints. */
interface BuildTrace {
  output: string[];
  container?: string;
  layer?: string;
}

/**
 * Builds the Dockerfile of this folder with the engine's own builder, which needs neither the docker client nor
 * a plugin. When it fails or is aborted, its intermediate images and its container are removed.
 *
 * @throws Error with the last lines of the build.
 */
export async function buildDockerfile(options: DockerfileBuildOptions): Promise<void> {
  const { endpoint, report, signal } = options;
  const trace: BuildTrace = { output: [] };
  report('build', 0, 'installing packages');
  try {
    await runBuild(options, trace);
  } catch (cause) {
    await removeTrace(endpoint, trace);
    signal?.throwIfAborted();
    throw new Error(`Building the workspace image failed. Its last lines:\n${trace.output.join('\n')}`, {
      cause,
    });
  }
}

async function runBuild(
  { endpoint, base, tag, report, signal }: DockerfileBuildOptions,
  trace: BuildTrace,
): Promise<void> {
  const asRoot = ['--numeric-owner', '--owner=0', '--group=0'];
  const context = execa(
    'tar',
    ['--create', ...asRoot, '-C', IMAGE_CONTEXT_DIRECTORY, ...IMAGE_CONTEXT_ENTRIES],
    {
      buffer: false,
      encoding: 'buffer',
    },
  );
  const query = new URLSearchParams({
    t: tag,
    // The machine's own network: proxies and mirrors on localhost or a private network are reached as apt reaches them.
    networkmode: 'host',
    forcerm: 'true',
    buildargs: JSON.stringify({ BASE_IMAGE: base, APT_OPTIONS: '-o APT::Status-Fd=1' }),
  });
  const response = await requestEngine(endpoint, {
    method: 'POST',
    path: `/build?${query}`,
    body: context.stdout,
    signal,
    timeoutMs: BUILD_SILENCE_TIMEOUT_MS,
  });
  await readEngineMessages(response, ({ stream = '' }) => {
    for (const line of stream.split('\n').filter((text) => text.trim() !== '')) {
      recordLine(trace, line);
      reportAptStatus(report, line);
    }
  });
  await context;
}

function recordLine(trace: BuildTrace, line: string): void {
  trace.output.push(line);
  if (trace.output.length > OUTPUT_LINES_SHOWN) trace.output.shift();
  const container = /^ ---> Running in ([0-9a-f]{12})$/.exec(line)?.[1];
  const layer = /^ ---> ([0-9a-f]{12})$/.exec(line)?.[1];
  if (container) trace.container = container;
  if (layer) trace.layer = layer;
}

/** apt's status lines: `dlstatus:…:percent:text` while it downloads, then `pmstatus:package:percent:text`. */
function reportAptStatus(report: ReportPhase, line: string): void {
  const [, kind, percent, message = ''] = /^(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)$/.exec(line) ?? [];
  if (kind === undefined) return;
  const fraction = Number(percent) / 100;
  report('build', kind === 'dlstatus' ? fraction * 0.2 : 0.2 + fraction * 0.75, message);
}

/** The engine removes a cancelled build's container by itself, but only after a while, and never its images. */
async function removeTrace(endpoint: EngineEndpoint, { container, layer }: BuildTrace): Promise<void> {
  if (container) {
    await requestEngineDone(endpoint, {
      method: 'DELETE',
      path: `/containers/${container}?force=true`,
      timeoutMs: CLEANUP_TIMEOUT_MS,
    }).catch((error: unknown) => {
      // Gone already, or the engine is at it.
      if (!(error instanceof EngineApiError && (error.status === 404 || error.status === 409))) throw error;
    });
  }
  // Its nameless parents go with it.
  if (layer) await removeImage(endpoint, layer);
}
