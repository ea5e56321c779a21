import { PodexError } from '@podex/contracts/errors';
import { backoffMs, linkSignals, pause } from '@podex/service-kit/waiting';
import { WorkspaceNotReady } from './workspace-not-ready.ts';

/** How long a call waits for a workspace that starts, or for a way to it that broke, before the turn is released for it. */
const HELD_WAIT_MS = 3000;
const ANSWER_TIMEOUT_MS = 30_000;

export interface WorkspaceCall {
  signal?: AbortSignal | undefined;
  /**
   * Bound of the waiting for a workspace that cannot be reached yet, 0 for none: the call fails after it. When left out the turn waits
   * with it: WorkspaceNotReady is thrown.
   */
  startTimeoutMs?: number | undefined;
}

export interface WorkspaceRequest {
  method: string;
  /** Below the workspace: `/files/content`. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a string as UTF-8 bytes, a stream as it comes (and such a request is sent once only). */
  body?: Record<string, unknown> | string | ReadableStream<Uint8Array>;
  /** Until the whole answer was read; of an endless one, until its headers. */
  timeoutMs?: number;
  isEndless?: boolean;
}

export interface WorkspaceAddress {
  /** Where compute listens. */
  baseUrl: string;
  /** The newest capability for the workspace. */
  capability: () => string;
  workspaceId: string;
  /** Whether the turn may be released to wait for the workspace. */
  mayWait: () => boolean;
  /** Called when the workspace has heard of a newer attempt at the turn: nothing of this one is wanted any more. */
  onSuperseded: () => void;
}

/**
 * One exchange with the workspace API through compute; `read` takes what it needs from the answer’s body. While the workspace
 * starts, or compute or the way to the daemon is gone, it is sent again: every request of the agent may be repeated (reads,
 * whole writes, edits and commands with a key of their own).
 *
 * @throws WorkspaceNotReady when it takes longer; PodexError as the workspace answers, or workspace_not_running | daemon_unreachable | …
 * when the waiting was in vain.
 */
export async function askWorkspace<Result>(
  address: WorkspaceAddress,
  request: WorkspaceRequest,
  call: WorkspaceCall,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const deadline = Date.now() + (call.startTimeoutMs ?? HELD_WAIT_MS);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await askOnce(address, request, call.signal, read);
    } catch (error) {
      if (PodexError.has(error, 'attempt_superseded')) address.onSuperseded();
      call.signal?.throwIfAborted();
      const pauseMs = backoffMs(attempt, 250, 2000);
      const isSentOnce = request.body instanceof ReadableStream;
      if (isSentOnce || !isPassing(error)) throw error;
      if (Date.now() + pauseMs > deadline) throw outOfTime(error, address, call);
      await pauseFor(pauseMs, call.signal);
    }
  }
}

function outOfTime(error: PodexError, address: WorkspaceAddress, call: WorkspaceCall): Error {
  return call.startTimeoutMs === undefined && address.mayWait() ? new WorkspaceNotReady(error) : error;
}

async function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(ms, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function askOnce<Result>(
  address: WorkspaceAddress,
  request: WorkspaceRequest,
  signal: AbortSignal | undefined,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const timeoutMs = request.timeoutMs ?? ANSWER_TIMEOUT_MS;
  const timer = new AbortController();
  const timeout = setTimeout(() => {
    timer.abort(
      new PodexError('timed_out', `the workspace gave no answer within ${timeoutMs} ms`, {
        timeout_ms: timeoutMs,
      }),
    );
  }, timeoutMs);
  using linked = linkSignals([signal, timer.signal]);
  try {
    const response = await fetch(urlOf(address, request), {
      method: request.method,
      signal: linked.signal,
      headers: {
        authorization: `Bearer ${address.capability()}`,
        ...contentType(request),
        ...request.headers,
      },
      ...bodyOf(request),
    });
    if (!response.ok) throw PodexError.fromBody(parseJson(await response.text()));
    if (request.isEndless) clearTimeout(timeout);
    return await read(response);
  } catch (error) {
    if (linked.signal.aborted) throw linked.signal.reason;
    throw translate(error);
  } finally {
    clearTimeout(timeout);
  }
}

/** What `fetch` throws for a connection that could not be made, or broke. */
function translate(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  return new PodexError(
    'service_unavailable',
    'Can’t reach the compute service. Is it running?',
    { service: 'compute' },
    { cause: error },
  );
}

function urlOf({ baseUrl, workspaceId }: WorkspaceAddress, { path, query = {} }: WorkspaceRequest): URL {
  const url = new URL(`/workspaces/${workspaceId}${path}`, baseUrl);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function contentType({ body }: WorkspaceRequest): Record<string, string> {
  if (body === undefined) return {};
  const isJson = typeof body !== 'string' && !(body instanceof ReadableStream);
  return { 'content-type': isJson ? 'application/json' : 'application/octet-stream' };
}

function bodyOf({ body }: WorkspaceRequest): { body?: string | ReadableStream<Uint8Array>; duplex?: 'half' } {
  if (body === undefined) return {};
  if (typeof body === 'string') return { body };
  if (body instanceof ReadableStream) return { body, duplex: 'half' };
  return { body: JSON.stringify(body) };
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** States of a workspace that do not lead to a running one. */
const FINAL_STATUSES = new Set(['failed', 'deleted']);

function isPassing(error: unknown): error is PodexError {
  if (PodexError.has(error, 'workspace_not_running')) return !FINAL_STATUSES.has(error.context.status ?? '');
  return (
    PodexError.isInstance(error) &&
    [
      'daemon_unreachable',
      'server_unreachable',
      'service_unavailable',
      'timed_out',
      'workspace_changed',
    ].includes(error.code)
  );
}
