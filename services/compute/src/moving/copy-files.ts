import { PodexError } from '@podex/contracts/errors';
import { linkSignals } from '@podex/service-kit/waiting';
import { z } from 'zod';
import type { AttachedProcess } from '../docker/attach.ts';
import type { ContainerSpec } from '../docker/containers.ts';
import type { Engine } from '../docker/engine.ts';
import { requireRuntime } from '../engine-jobs/one-off-container.ts';
import type { Manifest } from './move-program.ts';

const MAX_COPY_MS = 6 * 3_600_000;
/** Both programs write something every second, whatever they do. */
const MAX_SILENCE_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const EXIT_TIMEOUT_MS = 20_000;
const REMOVE_TIMEOUT_MS = 5_000;
const SHOWN_OUTPUT = 500;
const BYTES_PER_GB = 1_073_741_824;

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const manifest = z.object({ files: count, bytes: count, sha256: z.hex().length(64) });
const total = manifest.pick({ files: true, bytes: true });

/** What a copy may take. The server that it comes from is not trusted with the disk and the time of the other. */
export interface CopyLimits {
  /** Of the archive. */
  maxBytes: number;
  /** Within such a time so much of the archive must go through, from its first byte to its last. */
  stallMs: number;
  stallBytes: number;
}

export const COPY_LIMITS: CopyLimits = { maxBytes: 2 ** 40, stallMs: 600_000, stallBytes: 10_000_000 };

/** One of the two containers of a copy. */
export interface CopyEnd {
  engine: Engine;
  spec: ContainerSpec;
}

export interface CopyProgress {
  status: 'copying' | 'verifying';
  bytesDone: number;
  bytesTotal: number | null;
  filesTotal: number | null;
}

export interface CopyOptions {
  signal: AbortSignal;
  isReachable: (serverId: string) => boolean;
  limits: CopyLimits;
  /** At most once a second. */
  onProgress: (progress: CopyProgress) => void;
}

interface Running extends CopyEnd {
  id: string;
  process: AttachedProcess;
}

/**
 * Carries the files of a workspace from server to server, through this process, and compares what is on both sides afterwards. No
 * more is in memory than one piece: the slower side sets the pace. Whatever happens, both containers are gone in the end.
 *
 * @throws PodexError disk_full, container_failed, conflict when the files were changed meanwhile, server_unreachable, timed_out.
 */
export async function copyFiles(from: CopyEnd, to: CopyEnd, options: CopyOptions): Promise<Manifest> {
  using limits = linkSignals([options.signal], MAX_COPY_MS);
  const stop = new AbortController();
  using both = linkSignals([limits.signal, stop.signal]);
  const { signal } = both;
  const opened: Running[] = [];
  const watch = setInterval(() => look(), LOOK_EVERY_MS);
  const progress: CopyProgress = { status: 'copying', bytesDone: 0, bytesTotal: null, filesTotal: null };
  const pace = new Pace(options.limits);
  const look = () => {
    const [sender] = opened;
    const counted = sender && findLine(sender.process, 'total', total);
    if (counted) Object.assign(progress, { bytesTotal: counted.bytes, filesTotal: counted.files });
    options.onProgress({ ...progress });
    // A connection that was cut says nothing for minutes: who watches the servers knows sooner.
    const gone = opened.find(({ engine }) => !options.isReachable(engine.identity.serverId));
    if (gone !== undefined) stop.abort(unreachable(gone));
    const silent = opened.find(({ process }) => performance.now() - process.heardAtMs > MAX_SILENCE_MS);
    if (silent !== undefined) stop.abort(silence(silent));
    if (pace.isTooSlow(progress)) stop.abort(tooSlow(options.limits));
  };
  const cut = () => {
    for (const { process } of opened) process.destroy(asError(signal.reason));
  };
  signal.addEventListener('abort', cut, { once: true });
  try {
    const sender = await open(from, signal, opened);
    const receiver = await open(to, signal, opened);
    return await carry(sender, receiver, { progress, maxBytes: options.limits.maxBytes, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', cut);
    for (const { process } of opened) process.destroy();
    // On a server that is cut off it stays, and is removed when that is back.
    const ends = [from, to].map(({ engine, spec }) =>
      engine.containers.remove(spec.name, { timeoutMs: REMOVE_TIMEOUT_MS }),
    );
    await Promise.allSettled(ends);
  }
}

async function open({ engine, spec }: CopyEnd, signal: AbortSignal, opened: Running[]): Promise<Running> {
  const { containers } = engine;
  // Of a compute that died: nobody reads what it writes.
  await containers.remove(spec.name, { signal });
  const created = await containers.create(spec, { signal });
  if (created === 'name_taken')
    throw new PodexError('conflict', 'Another compute is copying these files.', {});
  await requireRuntime(engine, created.id, spec.HostConfig.Runtime);
  const process = await engine.attach(created.id, { signal });
  const running = { engine, spec, id: created.id, process };
  opened.push(running);
  await containers.start(created.id, { signal });
  return running;
}

async function carry(
  sender: Running,
  receiver: Running,
  { progress, maxBytes, signal }: { progress: CopyProgress; maxBytes: number; signal: AbortSignal },
): Promise<Manifest> {
  const received = drain(receiver.process);
  // Looked at below; a failure before that must not end the service.
  received.catch(() => undefined);
  try {
    for await (const bytes of sender.process.stdout()) {
      progress.bytesDone += bytes.length;
      if (progress.bytesDone > maxBytes) throw tooLarge(receiver, maxBytes);
      await receiver.process.write(bytes);
    }
    receiver.process.endInput();
    progress.status = 'verifying';
    await received;
  } catch (error) {
    signal.throwIfAborted();
    if (PodexError.isInstance(error)) throw error;
    // The receiver may have ended with a reason, which says more than that the pipe is broken.
    await received.catch(() => undefined);
    throw failureOf(receiver) ?? asUnreachable(error);
  }
  // The sender first: what it did not send, the other cannot have.
  const here = await resultOf(sender, signal);
  const there = await resultOf(receiver, signal);
  if (here.sha256 === there.sha256 && here.files === there.files) return there;
  throw new PodexError('conflict', 'Its files were changed while they were copied.', {});
}

async function drain(process: AttachedProcess): Promise<void> {
  for await (const _ of process.stdout()) {
    // Its stdout is of no interest; its stderr is kept beside.
  }
}

async function resultOf(end: Running, signal: AbortSignal): Promise<Manifest> {
  const exitCode = await end.engine.containers.waitForExit(end.id, { signal, timeoutMs: EXIT_TIMEOUT_MS });
  const result = exitCode === 0 ? findLine(end.process, 'manifest', manifest) : undefined;
  if (result !== undefined) return result;
  throw failureOf(end) ?? failed(end, `it ended with code ${exitCode}`);
}

function failureOf(end: Running): PodexError | undefined {
  const output = spoken(end.process);
  if (/no space left on device|disk quota exceeded|ENOSPC|EDQUOT/i.test(output)) {
    const { serverName } = end.engine.identity;
    return new PodexError(
      'disk_full',
      `There is no room for the files on ${serverName}: the disk there is full, or they are more than the size of the workspace allows.`,
      {},
    );
  }
  return output === '' ? undefined : failed(end, output.slice(-SHOWN_OUTPUT));
}

function failed({ engine }: Running, reason: string): PodexError {
  const message = `The files could not be copied, says ${engine.identity.serverName}: ${reason}`;
  return new PodexError('container_failed', message, { reason });
}

/** What it wrote for people. */
function spoken(process: AttachedProcess): string {
  return process.stderr
    .split('\n')
    .filter((line) => !/^\.*$|^(total|manifest) /.test(line))
    .join('\n')
    .trim();
}

function findLine<Schema extends z.ZodType>(
  process: AttachedProcess,
  name: string,
  schema: Schema,
): z.output<Schema> | undefined {
  const text = new RegExp(`^${name} (\\{.*\\})$`, 'm').exec(process.stderr)?.[1];
  return text === undefined ? undefined : schema.safeParse(parsed(text)).data;
}

/** Undefined when it is no JSON: what a server says may be anything. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Notices a copy that goes on without coming forward. */
class Pace {
  readonly #limits: CopyLimits;
  #mark = { bytes: 0, atMs: performance.now() };

  constructor(limits: CopyLimits) {
    this.#limits = limits;
  }

  isTooSlow({ status, bytesDone }: CopyProgress): boolean {
    const nowMs = performance.now();
    // Before the first byte and after the last, files are listed and read on the servers, which takes as long as it takes.
    const isOwed = status === 'copying' && bytesDone > 0;
    if (!isOwed || bytesDone - this.#mark.bytes >= this.#limits.stallBytes) {
      this.#mark = { bytes: bytesDone, atMs: nowMs };
    }
    return nowMs - this.#mark.atMs > this.#limits.stallMs;
  }
}

function tooLarge({ engine }: Running, maxBytes: number): PodexError {
  const { serverName } = engine.identity;
  const most = `${Math.floor(maxBytes / BYTES_PER_GB)} GB`;
  return new PodexError(
    'disk_full',
    `It is larger than the ${most} that may be put on ${serverName}. Free or add space there, or choose another server.`,
    {},
  );
}

function tooSlow({ stallBytes, stallMs }: CopyLimits): PodexError {
  const message = `Less than ${stallBytes} bytes were copied within ${stallMs} ms. Check the load of both servers and the network between.`;
  return new PodexError('timed_out', message, { timeout_ms: stallMs });
}

function unreachable({ engine }: Running): PodexError {
  const { serverId, serverName } = engine.identity;
  return new PodexError('server_unreachable', `${serverName} can’t be reached any more.`, {
    server_id: serverId,
  });
}

function silence({ engine }: Running): PodexError {
  return new PodexError(
    'timed_out',
    `${engine.identity.serverName} has said nothing for ${MAX_SILENCE_MS} ms.`,
    {
      timeout_ms: MAX_SILENCE_MS,
    },
  );
}

function asUnreachable(error: unknown): PodexError {
  const message = `The connection to a server was broken off while files were copied: ${asError(error).message}`;
  return new PodexError('server_unreachable', message, {}, { cause: error });
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
