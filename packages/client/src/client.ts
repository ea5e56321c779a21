import { PodexError } from '@podex/contracts/errors';
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths } from './generated/openapi.ts';

export interface PodexClientOptions {
  /** Origin of api, without a path: `https://api.example.com`. */
  baseUrl: string;
  /** A bearer token. In the browser it is left out and the session cookie is sent. */
  token?: string;
  /** Replaces the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

export type PodexClient = Client<paths>;

/**
 * A typed client of the public routes. A refusal is thrown as the `PodexError` that api answered with;
 * a broken network is `service_unavailable`, so callers decide on one kind of error.
 */
export function createPodexClient(options: PodexClientOptions): PodexClient {
  const client = createClient<paths>({
    baseUrl: options.baseUrl,
    credentials: 'include',
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    ...(options.token === undefined ? {} : { headers: { authorization: `Bearer ${options.token}` } }),
  });
  client.use(throwRefusals);
  return client;
}

const throwRefusals: Middleware = {
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return undefined;
    throw PodexError.fromBody(await readJson(response));
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    return new PodexError(
      'service_unavailable',
      'Podex cannot be reached. Is it running, and is the network up?',
      { service: 'api' },
      { cause: error },
    );
  },
};

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.clone().json();
  } catch {
    return undefined;
  }
}
