import type { z } from 'zod';
import { ProviderFailure } from './callback-flow.ts';

/** For the whole response. A person waits for it. */
const TIMEOUT_MS = 8_000;
const BODY_BYTES_MAX = 256 * 1024;
const SERVER_ERROR = 500;

export interface ProviderRequest {
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  /** A string is JSON. */
  body?: URLSearchParams | string;
  timeoutMs?: number;
}

export interface ProviderResponse {
  status: number;
  text: string;
}

/**
 * Asks a sign-in provider: within a time, for a body of bounded size, and without following redirects.
 *
 * @throws ProviderFailure provider_unreachable, provider_response_invalid.
 */
export async function askProvider(url: string, request: ProviderRequest = {}): Promise<ProviderResponse> {
  const { timeoutMs = TIMEOUT_MS, body, headers, method = 'GET' } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: { accept: 'application/json', 'user-agent': 'Podex', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    text = await readBounded(response);
  } catch (cause) {
    const what = signal.aborted ? `gave no response within ${timeoutMs} ms` : 'cannot be reached';
    throw new ProviderFailure('provider_unreachable', `${url} ${what}.`, { cause });
  }
  const { status } = response;
  if (text === undefined)
    throw invalid(url, `The response has more than ${BODY_BYTES_MAX} bytes, which are not read.`);
  if (status >= SERVER_ERROR)
    throw new ProviderFailure('provider_unreachable', `${url} responded with status ${status}.`);
  if (status >= 300 && status < 400)
    throw invalid(url, 'It responded with a redirect, which is not followed.');
  return { status, text };
}

/** The body of a response as data of a known form. @throws ProviderFailure provider_response_invalid. */
export function parseProviderJson<Schema extends z.ZodType>(
  url: string,
  text: string,
  schema: Schema,
): z.output<Schema> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw invalid(url, 'The response is not JSON.', { cause });
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw invalid(url, `The response has not the expected form: ${fields || 'the whole of it'}.`);
}

/** @throws ProviderFailure also `provider_refused` for a status of 400 to 499. */
export async function askProviderJson<Schema extends z.ZodType>(
  url: string,
  request: ProviderRequest,
  schema: Schema,
): Promise<z.output<Schema>> {
  const { status, text } = await askProvider(url, request);
  if (status >= 400) throw new ProviderFailure('provider_refused', `${url} responded with status ${status}.`);
  return parseProviderJson(url, text, schema);
}

/** Undefined when there is more than may be read; the rest is thrown away. */
async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function invalid(url: string, message: string, options?: { cause?: unknown }): ProviderFailure {
  return new ProviderFailure('provider_response_invalid', `${url}: ${message}`, options);
}
