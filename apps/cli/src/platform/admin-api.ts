import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { PodexError } from '@podex/contracts/errors';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { type AdminToken, mintAdminToken } from './admin-token.ts';

const TIMEOUT_MS = 30_000;

/** One request to api; the parsed response. @throws CliError with what api refused it for. */
export type AskApi = <Value>(request: ApiRequest<Value>) => Promise<Value>;

export interface ApiRequest<Value> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
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
  work: (ask: AskApi) => Promise<Result>,
): Promise<Result> {
  const token = await mintAdminToken(config);
  try {
    return await work(async ({ schema, ...request }) => schema.parse(await send(token, request)));
  } finally {
    await send(token, { method: 'DELETE', path: `/api/tokens/${token.id}` });
  }
}

async function send(
  { apiUrl, secret, host }: AdminToken,
  { method, path, body }: Omit<ApiRequest<unknown>, 'schema'>,
): Promise<unknown> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host,
    authorization: `Bearer ${secret}`,
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  };
  let response: IncomingMessage;
  try {
    response = await exchange(new URL(path, apiUrl), { method, headers }, text);
  } catch (error) {
    throw new CliError(`Can’t reach api at ${apiUrl}`, {
      cure: 'podex status',
      exitCode: EXIT.notRunning,
      cause: error,
    });
  }
  const answer: unknown = await json(response).catch(() => undefined);
  const { statusCode = 0 } = response;
  if (statusCode < 200 || statusCode > 299) throw new CliError(PodexError.fromBody(answer).message);
  return answer;
}

/** `fetch` would send the address as `Host`. */
function exchange(url: URL, options: RequestOptions, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    request(url, { ...options, signal }, resolve)
      .once('error', reject)
      .end(body);
  });
}
