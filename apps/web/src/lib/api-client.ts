import { createPodexClient, type PodexClient } from '@podex/client/client';
import { ERROR_TABLE, PodexError } from '@podex/contracts/errors';
import { apiUrl } from './api-address.ts';

/** Longer than api ever waits on purpose (60 s). */
const REQUEST_TIMEOUT_MS = 75_000;

let client: PodexClient | undefined;

/** The typed client of this page. Made at its first use: the address is known in the browser only. */
export function api(): PodexClient {
  client ??= createPodexClient({ baseUrl: apiUrl(), fetch: fetchWithin });
  return client;
}

let streamingClient: PodexClient | undefined;

/** The same for responses that go on: only their beginning must come in time. Read with `parseAs: 'stream'`. */
export function streamingApi(): PodexClient {
  streamingClient ??= createPodexClient({ baseUrl: apiUrl(), fetch: fetchBeginningWithin });
  return streamingClient;
}

async function fetchBeginningWithin(request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new DOMException('No response came.', 'TimeoutError')),
    REQUEST_TIMEOUT_MS,
  );
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, late.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function fetchWithin(request: Request): Promise<Response> {
  return fetch(request, {
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
  });
}

interface Schema<Value> {
  safeParse(value: unknown): { success: true; data: Value } | { success: false; error: unknown };
}

/**
 * Parses a response of api with the schema of the contract: no response enters the page in another way.
 *
 * @throws PodexError with the error of api; `internal` when the response does not match the contract.
 */
export async function responseOf<Value>(
  schema: Schema<Value>,
  request: Promise<{ data?: unknown }>,
): Promise<Value> {
  const { data } = await request;
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new PodexError(
    'internal',
    "Podex sent an unexpected response. Reload the page. If that doesn't help, update web and api to the same version.",
    {},
    { cause: parsed.error },
  );
}

/** Makes a POST safe to send twice: the second gets the response of the first. */
export function idempotencyKey(): { 'Idempotency-Key': string } {
  // `randomUUID` exists on secure origins only; Podex also runs on plain http in a private network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') };
}

/** The cause and the cure, as api worded them for people. */
export function messageOf(error: unknown): string {
  if (PodexError.isInstance(error)) return error.message;
  if (error instanceof Error) return error.message;
  return 'Something went wrong. Try again.';
}

/** Whether the same request can succeed later. */
export function isWorthRetrying(error: unknown): boolean {
  return PodexError.isInstance(error) && ERROR_TABLE[error.code].retry === 'later';
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** A request body without the keys that are undefined, which JSON has no word for. */
export function definedOnly<Value extends object>(value: Value): Defined<Value> {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries) as Defined<Value>;
}
