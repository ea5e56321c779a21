import { PodexError } from '@podex/contracts/errors';
import type { z } from 'zod';
import { linkSignals } from './waiting.ts';

export interface InternalClientOptions {
  /** Name of the called service, for errors. */
  service: string;
  baseUrl: string;
  key: string;
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
  async function fetchOnce(method: string, path: string, call: InternalCall): Promise<unknown> {
    const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    using linked = linkSignals([call.signal], timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, options.baseUrl), {
        method,
        signal: linked.signal,
        headers: {
          authorization: `Bearer ${options.key}`,
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
    const parsed = parseJson(text);
    if (!response.ok) throw PodexError.fromBody(parsed);
    return parsed;
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

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
