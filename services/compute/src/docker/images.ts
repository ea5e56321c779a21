import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { nameAndTagOf, parseImageReference } from '@podex/contracts/images';
import { within } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { CallOptions, EngineClient } from './client.ts';
import { readJsonLines } from './json-lines.ts';

const LOOK_TIMEOUT_MS = 10_000;
const PULL_TIMEOUT_MS = 900_000;
const PULL_HEAD_TIMEOUT_MS = 60_000;
/** The engine tells of every few bytes, so that a pull which says nothing gets nothing. */
const PULL_STALL_TIMEOUT_MS = 120_000;

const inspection = z.object({ Id: z.string(), Architecture: z.string(), Os: z.string() });
/** One line of a pull’s progress; a failure stands in the stream of a response that began with 200. */
const progress = z.object({
  error: z.string().optional(),
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).optional(),
});

export interface Image {
  id: string;
  architecture: string;
}

export interface PullOptions extends CallOptions {
  /** What is there of the layers whose size is known by now. */
  onProgress?: (percent: number) => void;
  /** After so long without a word of progress it is given up. */
  stallMs?: number | undefined;
}

export async function findImage(
  client: EngineClient,
  reference: string,
  options: CallOptions = {},
): Promise<Image | undefined> {
  const response = await client.request(inspection, {
    call: 'image.inspect',
    method: 'GET',
    path: `/images/${encodeURI(reference)}/json`,
    expected: [404],
    timeoutMs: LOOK_TIMEOUT_MS,
    ...options,
  });
  return response.status === 'ok'
    ? { id: response.value.Id, architecture: response.value.Architecture }
    : undefined;
}

/**
 * Pulls the image from its registry, for at most 15 minutes.
 *
 * @throws PodexError image_not_available when the registry does not give it.
 */
export async function pullImage(
  client: EngineClient,
  reference: string,
  { onProgress, stallMs = PULL_STALL_TIMEOUT_MS, ...options }: PullOptions = {},
): Promise<void> {
  const { name, tag } = nameAndTagOf(reference);
  const { serverName } = client.engine;
  const refused = (
    reason: string,
    cure = 'Push it to a registry that the server reaches, or build it there.',
  ) =>
    new PodexError(
      'image_not_available',
      `The image ${reference} is not on ${serverName} and cannot be pulled: ${reason}. ${cure}`,
      { image: reference },
    );
  const silent = (ms: number) => {
    const registry = parseImageReference(reference)?.registry ?? name;
    return refused(
      `the registry ${registry} has sent nothing for ${Math.round(ms / 1000)} seconds`,
      `Check that ${registry} works and that ${serverName} reaches it. The pull is tried again.`,
    );
  };
  const headMs = Math.min(PULL_HEAD_TIMEOUT_MS, stallMs);
  const response = await client
    .openStream({
      call: 'image.pull',
      method: 'POST',
      path: '/images/create',
      query: { fromImage: name, tag },
      expected: [400, 403, 404, 500],
      timeoutMs: headMs,
      // Of the registry.
      guard: 'slow',
      signal: options.signal,
    })
    .catch((error: unknown) => {
      throw PodexError.has(error, 'timed_out') ? silent(headMs) : error;
    });
  if (response.status !== 'ok') throw refused(response.reason);
  const stream = response.value;
  const watch = new StallWatch(stallMs, () => stream.destroy());
  try {
    const failure = await within({ timeoutMs: PULL_TIMEOUT_MS, ...options }, (signal) => {
      signal.addEventListener('abort', () => stream.destroy(), { once: true });
      return readFailure(stream, watch, onProgress);
    });
    if (failure !== undefined) throw refused(failure);
  } catch (error) {
    throw watch.hasStalled ? silent(stallMs) : error;
  } finally {
    watch.end();
    stream.destroy();
  }
}

/** Ends what shows no sign of life for too long. */
class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #hasStalled = false;

  constructor(afterMs: number, onStall: () => void) {
    this.#timer = setTimeout(() => {
      this.#hasStalled = true;
      onStall();
    }, afterMs);
  }

  get hasStalled(): boolean {
    return this.#hasStalled;
  }

  touch(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function readFailure(
  stream: Readable,
  watch: StallWatch,
  onProgress: PullOptions['onProgress'],
): Promise<string | undefined> {
  const layers = new Map<string, { current: number; total: number }>();
  for await (const line of readJsonLines(stream)) {
    watch.touch();
    const parsed = progress.safeParse(line);
    if (!parsed.success) continue;
    const { error, id, status, progressDetail } = parsed.data;
    if (error !== undefined) return error;
    if (id === undefined) continue;
    const { current = 0, total = 0 } = progressDetail ?? {};
    const known = layers.get(id);
    if (status === 'Downloading' && total > 0) layers.set(id, { current, total });
    else if (status === 'Download complete' && known !== undefined)
      layers.set(id, { ...known, current: known.total });
    else continue;
    onProgress?.(percentOf([...layers.values()]));
  }
  return undefined;
}

function percentOf(layers: readonly { current: number; total: number }[]): number {
  const sum = (of: 'current' | 'total') => layers.reduce((bytes, layer) => bytes + layer[of], 0);
  return Math.floor((100 * sum('current')) / sum('total'));
}
