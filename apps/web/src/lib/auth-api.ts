import { PodexError } from '@podex/contracts/errors';
import { apiUrl } from './api-address.ts';

const TIMEOUT_MS = 30_000;

export interface AuthResponse {
  status: number;
  isOk: boolean;
  body: unknown;
}

/**
 * A request to sign-in's own routes, which are not in the API document.
 *
 * @throws PodexError service_unavailable when there is no response.
 */
export async function sendAuth(method: 'GET' | 'POST', path: string, body?: object): Promise<AuthResponse> {
  const response = await reach(method, `${apiUrl()}/api/auth/${path}`, body);
  return {
    status: response.status,
    isOk: response.ok,
    body: await response.json().catch(() => undefined),
  };
}

/**
 * The same, for what is expected to succeed.
 *
 * @throws PodexError with the error of api.
 */
export async function askAuth(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const response = await sendAuth(method, path, body);
  if (response.isOk) return response.body;
  throw PodexError.fromBody(response.body);
}

async function reach(method: 'GET' | 'POST', url: string, body: object | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      credentials: 'include',
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const message = `Podex cannot be reached at ${apiUrl()}. Is it running, and is the network up?`;
    throw new PodexError('service_unavailable', message, { service: 'api' }, { cause });
  }
}
