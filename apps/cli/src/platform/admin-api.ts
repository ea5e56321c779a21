import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { type AdminToken, mintAdminToken } from './admin-token.ts';

const TIMEOUT_MS = 30_000;

/** One request to api; the parsed response. @throws CliError with what api refused it for. */
export type AskApi = <Value>(request: ApiRequest<Value>) => Promise<Value>;

/** A file of any size, as it comes. @throws CliError with what api refused it for. */
export type DownloadFromApi = (path: string) => Promise<Readable>;

export interface ApiRequest<Value> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: object;
  schema: { parse(value: unknown): Value };
}

/**
 * Runs `work` as the first administrator, with a token that lasts as long as it.
 *
 * @throws CliError when api does not run here, or refuses.
 */
export async function asAdmin<Result>(
  config: CliConfig,
  work: (ask: AskApi, download: DownloadFromApi) => Promise<Result>,
): Promise<Result> {
  const token = await mintAdminToken(config);
  try {
    return await work(
      async ({ schema, ...request }) => schema.parse(await send(token, request)),
      (path) => requireOk(open(token, { method: 'GET', path }, undefined)),
    );
  } finally {
    await send(token, { method: 'DELETE', path: `/api/tokens/${token.id}` });
  }
}

async function send(token: AdminToken, request: Omit<ApiRequest<unknown>, 'schema'>): Promise<unknown> {
  const response = await requireOk(open(token, request, AbortSignal.timeout(TIMEOUT_MS)));
  return json(response).catch(() => undefined);
}

/** @throws CliError with api’s own words when it refused. */
async function requireOk(opened: Promise<IncomingMessage>): Promise<IncomingMessage> {
  const response = await opened;
  const { statusCode = 0 } = response;
  if (statusCode >= 200 && statusCode <= 299) return response;
  const answer: unknown = await json(response).catch(() => undefined);
  throw new CliError(PodexError.fromBody(answer).message);
}

async function open(
  { apiUrl, secret, host }: AdminToken,
  { method, path, body }: Omit<ApiRequest<unknown>, 'schema'>,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host,
    authorization: `Bearer ${secret}`,
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  try {
    return await exchange(new URL(path, apiUrl), { method, headers, signal }, text);
  } catch (error) {
    throw new CliError(`Can’t reach api at ${apiUrl}`, {
      cure: 'podex status',
      exitCode: EXIT.notRunning,
      cause: error,
    });
  }
}

/** `fetch` would send the address as `Host`. */
function exchange(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, options, resolve).once('error', reject).end(body);
  });
}
