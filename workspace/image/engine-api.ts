import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { z } from 'zod';

/** Where a Docker engine responds: a unix socket of this machine, or a TCP address with mutual TLS. */
export type EngineEndpoint =
  | { socketPath: string }
  | { host: string; port: number; tls: { ca: Buffer; cert: Buffer; key: Buffer } };

export interface EngineRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query below the engine's root, e.g. `/images/json`. */
  path: string;
  /** A stream is sent as `application/x-tar`, anything else as JSON. */
  body?: Readable | object;
  headers?: Record<string, string>;
  /** Aborting destroys the connection; what the engine has begun may go on. */
  signal?: AbortSignal | undefined;
  /** Longest silence on the connection, in milliseconds: before the response and between its parts. */
  timeoutMs: number;
}

/** The engine responded with an error status. `message` is the engine's own text. */
export class EngineApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineApiError';
    this.status = status;
  }
}

/**
 * One request to the engine's HTTP API. Resolves when the head of a successful response is there; the caller
 * reads or destroys the body.
 *
 * @throws EngineApiError for a status of 400 or above; the socket's own error when nothing responds.
 */
export async function requestEngine(
  endpoint: EngineEndpoint,
  request: EngineRequest,
): Promise<http.IncomingMessage> {
  const response = await sendRequest(endpoint, request);
  const status = response.statusCode ?? 0;
  if (status < 400) return response;
  throw new EngineApiError(status, errorMessage(await readText(response), status));
}

/** `requestEngine` for a response that is one JSON document. */
export async function requestEngineJson<Schema extends z.ZodType>(
  endpoint: EngineEndpoint,
  request: EngineRequest,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const response = await requestEngine(endpoint, request);
  return schema.parse(JSON.parse(await readText(response)));
}

/** `requestEngine` for a response whose body says nothing: read to its end and dropped. */
export async function requestEngineDone(endpoint: EngineEndpoint, request: EngineRequest): Promise<void> {
  const response = await requestEngine(endpoint, request);
  response.resume();
  await finished(response);
}

function sendRequest(endpoint: EngineEndpoint, request: EngineRequest): Promise<http.IncomingMessage> {
  const isStream = request.body !== undefined && isReadable(request.body);
  const headers: Record<string, string> = { host: 'docker', ...request.headers };
  if (request.body !== undefined)
    headers['content-type'] = isStream ? 'application/x-tar' : 'application/json';
  const options: https.RequestOptions = {
    agent: false,
    method: request.method,
    path: request.path,
    headers,
    ...(request.signal ? { signal: request.signal } : {}),
  };
  return new Promise((resolve, reject) => {
    const outgoing =
      'socketPath' in endpoint
        ? http.request({ ...options, socketPath: endpoint.socketPath })
        : https.request({ ...options, host: endpoint.host, port: endpoint.port, ...endpoint.tls });
    outgoing.setTimeout(request.timeoutMs, () =>
      outgoing.destroy(new Error(`The Docker engine has sent nothing for ${request.timeoutMs} ms.`)),
    );
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    sendBody(outgoing, request.body);
  });
}

function sendBody(outgoing: http.ClientRequest, body: EngineRequest['body']): void {
  if (body === undefined) {
    outgoing.end();
    return;
  }
  if (!isReadable(body)) {
    outgoing.end(JSON.stringify(body));
    return;
  }
  body.once('error', (error) => outgoing.destroy(error));
  outgoing.once('close', () => body.destroy());
  body.pipe(outgoing);
}

function isReadable(body: object): body is Readable {
  return 'pipe' in body && typeof body.pipe === 'function';
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** The engine's errors are `{"message": "…"}`; a proxy in between may say anything. */
function errorMessage(text: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.trim() || `The Docker engine responded with status ${status}.`;
}
