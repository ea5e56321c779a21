import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { json } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { CliError, EXIT } from '../cli-error.ts';

const TIMEOUT_MS = 30_000;

/** Where api answers, and what it is asked with. */
export interface ApiAddress {
  apiUrl: string;
  secret?: string | undefined;
  /** The `Host` under which api answers, where that is not the address. */
  host?: string | undefined;
}

/** For what is no request and response: a WebSocket, a stream of events. */
export type WithAddress = <Value>(use: (address: ApiAddress) => Promise<Value>) => Promise<Value>;

export interface ApiRequest<Value> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Bytes as they are; anything else as JSON. */
  body?: object | Buffer;
  schema: { parse(value: unknown): Value };
  signal?: AbortSignal;
}

/** One request to api; the parsed response. @throws CliError with what api refused it for, whose cause is the PodexError. */
export type AskApi = <Value>(request: ApiRequest<Value>) => Promise<Value>;

export function createAsk(address: ApiAddress): AskApi {
  return async ({ schema, ...request }) => schema.parse(await sendToApi(address, request));
}

/** @throws CliError as `AskApi`; of exit code `notRunning` when nothing answers. */
export async function sendToApi(
  address: ApiAddress,
  request: Omit<ApiRequest<unknown>, 'schema'>,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
  const response = await open(address, { ...request, signal });
  return json(response).catch(() => undefined);
}

/** The body of a response, however long it takes to come. */
export type DownloadFromApi = (path: string) => Promise<IncomingMessage>;

/** @throws CliError as `sendToApi`. */
export function downloadFromApi(
  address: ApiAddress,
  path: string,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return open(address, { method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
}

/** Resolves with the head of a response that is no error. */
async function open(
  { apiUrl, secret, host }: ApiAddress,
  { method, path, body, signal }: Omit<ApiRequest<unknown>, 'schema'>,
): Promise<IncomingMessage> {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
  const headers = {
    'user-agent': 'podex',
    ...(host === undefined ? {} : { host }),
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    ...(bytes === undefined ? {} : { 'content-type': type, 'content-length': bytes.length }),
  };
  let response: IncomingMessage;
  try {
    response = await exchange(new URL(path, apiUrl), { method, headers, signal }, bytes);
  } catch (error) {
    if (isAborted(signal)) signal?.throwIfAborted();
    throw new CliError(`Can’t reach Podex at ${apiUrl}`, {
      cure: ['podex status, on the machine that runs it', 'podex login --url …, if it is elsewhere'],
      exitCode: EXIT.notRunning,
      cause: error,
    });
  }
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode <= 299) return response;
  const error = PodexError.fromBody(await json(response).catch(() => undefined));
  throw new CliError(error.message, {
    cause: error,
    ...(PodexError.has(error, 'unauthenticated') ? { cure: 'podex login', exitCode: EXIT.notSignedIn } : {}),
  });
}

/** By the caller, and not because time is over. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason?.name !== 'TimeoutError';
}

/** `fetch` would send the address as `Host`. */
function exchange(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestSecure : requestPlain;
    request(url, options, resolve).once('error', reject).end(body);
  });
}
