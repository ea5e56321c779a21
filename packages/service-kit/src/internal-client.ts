import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import { type Keys, listKeys } from './key-list.ts';
import { linkSignals } from './waiting.ts';

export interface InternalClientOptions {
  /** Name of the called service, for errors. */
  service: string;
  baseUrl: string;
  /** With two, the second is tried where the first is not known yet. */
  key: Keys;
}

export interface InternalCall {
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  requestId?: string;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Calls another service of Podex; parses responses, and throws the PodexError that an error response carries. */
export interface InternalClient {
  request<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    call?: InternalCall,
  ): Promise<z.output<Schema>>;
  /** For routes that respond with 204. */
  send(method: string, path: string, call?: InternalCall): Promise<void>;
}

export function createInternalClient(options: InternalClientOptions): InternalClient {
  const keys = listKeys(options.key);

  async function fetchOnce(method: string, path: string, call: InternalCall): Promise<unknown> {
    const [first, ...others] = keys;
    let response = await fetchWith(first, method, path, call);
    for (const key of others) {
      if (!isKeyUnknown(response)) break;
      response = await fetchWith(key, method, path, call);
    }
    const { body, isOk } = response;
    if (!isOk) throw PodexError.fromBody(body);
    return body;
  }

  async function fetchWith(key: string, method: string, path: string, call: InternalCall): Promise<Answer> {
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    using linked = linkSignals([call.signal], timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, options.baseUrl), {
        method,
        signal: linked.signal,
        headers: {
          authorization: `Bearer ${key}`,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(call.requestId === undefined ? {} : { 'x-request-id': call.requestId }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
      text = await response.text();
    } catch (error) {
      if (linked.signal.aborted) throw linked.signal.reason;
      throw new PodexError(
        'service_unavailable',
        `The ${options.service} service does not respond. Check that it runs and that its address is right.`,
        { service: options.service },
        { cause: error },
      );
    }
    return { status: response.status, isOk: response.ok, body: parseJson(text) };
  }

  return {
    async request(method, path, schema, call = {}) {
      return schema.parse(await fetchOnce(method, path, call));
    },
    async send(method, path, call = {}) {
      await fetchOnce(method, path, call);
    },
  };
}

interface Answer {
  status: number;
  isOk: boolean;
  body: unknown;
}

/** A door that does not know the key denies it (401), or that there is a door (404): in either case nothing was done. */
function isKeyUnknown({ status }: Answer): boolean {
  return status === 401 || status === 404;
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
