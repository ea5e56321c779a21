import type { IncomingMessage, ServerResponse } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.ts';
import { endResponse } from './end-response.ts';
import { REQUEST_ID_HEADER, requestIdOf, sendError, toPodexError } from './errors.ts';
import { parseRequestTarget, requireNoStrayBody } from './message.ts';

/** One request, its path taken apart. */
export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  /** What stood for each `:name` of the route’s path, decoded. */
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  /** Path and query as they were understood. */
  url: string;
  requestId: string;
  /** Aborts when the client goes away before its answer is complete. Stops waiting and streaming, never work that must finish. */
  signal: AbortSignal;
}

/** What a route answers; `undefined` when it has written the response itself. */
export interface Answer {
  status: number;
  /** JSON; no body when left out. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

export interface Route {
  method: string;
  /** E.g. `/commands/:command_id/output`. */
  path: string;
  answer: (call: Call) => Promise<Answer | undefined>;
}

/** Decides whether a request that a route was found for is carried out. @throws PodexError when it is not. */
export type Admit = (request: IncomingMessage) => Promise<void>;

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves `routes` on Node’s own HTTP server. There is no framework between, because the daemon runs once in every workspace: the
 * fetch API’s Request and Response alone would add 7 MB to each, and their streams would halve the speed of file transfers.
 */
export function createRequestListener(
  routes: readonly Route[],
  logger: Logger,
  admit: Admit = async () => undefined,
): RequestListener {
  const table = routes.map((route) => ({ route, segments: route.path.split('/').slice(1) }));
  return (request, response) => {
    const requestId = requestIdOf(request);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    response.on('error', () => response.destroy());
    serve({ table, admit }, request, response, requestId).catch((thrown: unknown) => {
      if (response.destroyed) return;
      const error = toPodexError(thrown);
      if (error.status >= 500) {
        logger.error(
          { err: thrown, request_id: requestId, path: pathOf(request), code: error.code },
          'http.failed',
        );
      }
      sendError(response, error, requestId);
    });
  };
}

/** For the log; queries may hold what is private. */
function pathOf({ url = '' }: IncomingMessage): string | undefined {
  return URL.canParse(url, 'http://daemon') ? new URL(url, 'http://daemon').pathname : undefined;
}

type RouteTable = readonly { route: Route; segments: readonly string[] }[];

async function serve(
  { table, admit }: { table: RouteTable; admit: Admit },
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  try {
    requireNoStrayBody(request);
  } catch (error) {
    response.shouldKeepAlive = false;
    throw error;
  }
  const { pathname, search, searchParams } = parseRequestTarget(request.url);
  const { route, params } = findRoute(table, request.method ?? 'GET', pathname);
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client went away'));
  });
  await admit(request);
  const query = Object.fromEntries(searchParams);
  const answer = await route.answer({
    request,
    response,
    params,
    query,
    url: `${pathname}${search}`,
    requestId,
    signal: controller.signal,
  });
  if (answer !== undefined) sendAnswer(response, answer);
}

function findRoute(
  table: RouteTable,
  method: string,
  path: string,
): { route: Route; params: Record<string, string> } {
  const given = path.split('/').slice(1);
  let isKnownPath = false;
  for (const { route, segments } of table) {
    const params = matchSegments(segments, given);
    if (params === undefined) continue;
    if (route.method === method || (method === 'HEAD' && route.method === 'GET')) return { route, params };
    isKnownPath = true;
  }
  if (isKnownPath) throw new PodexError('method_not_allowed', `${path} does not take ${method}.`, {});
  throw new PodexError('not_found', `There is no ${method} ${path}.`, {});
}

function matchSegments(
  segments: readonly string[],
  given: readonly string[],
): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':')) params[segment.slice(1)] = decodeSegment(value);
    else if (segment !== value) return undefined;
  }
  return params;
}

function decodeSegment(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    throw new PodexError('invalid_request', 'The path is not valid percent-encoding.', {}, { cause: error });
  }
}

function sendAnswer(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  if (response.req.complete) {
    response.end(text);
    return;
  }
  response.write(text);
  void endResponse(response);
}

/** @throws PodexError too_large, invalid_request; ZodError. */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new PodexError('too_large', `The body may have ${maxBytes} bytes.`, { max_bytes: maxBytes });
    }
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new PodexError('invalid_request', 'The body is not JSON.', {}, { cause: error });
  }
  return schema.parse(value);
}
