import { PodexError } from '@podex/contracts/errors';
import { providerStart } from '@podex/contracts/sign-in-methods';
import { apiUrl } from './api-address.ts';

const TIMEOUT_MS = 30_000;

interface AuthRequest {
  method: 'GET' | 'POST';
  body?: object;
  signal?: AbortSignal;
}

/**
 * Asks a route below `/api/auth`, which the typed client does not know.
 *
 * @throws PodexError with the error of api.
 */
export async function authRequest(path: string, { method, body, signal }: AuthRequest): Promise<unknown> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(`${apiUrl()}/api/auth/${path}`, {
      method,
      credentials: 'include',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const message = `Podex cannot be reached at ${apiUrl()}. Is it running, and is the network up?`;
    throw new PodexError('service_unavailable', message, { service: 'api' }, { cause });
  }
  const given: unknown = await response.json().catch(() => undefined);
  if (response.ok) return given;
  throw PodexError.fromBody(given);
}

interface ProviderStart {
  provider: string;
  /** Paths of this page. */
  callbackPath: string;
  errorPath: string;
  invitation?: string | undefined;
  /** What else the person allows there. */
  scopes?: readonly string[] | undefined;
}

/** Leaves the page for the provider, which sends the browser back to one of the two paths. */
export async function goToProvider(
  route: 'sign-in/social' | 'link-social',
  { provider, callbackPath, errorPath, invitation, scopes }: ProviderStart,
): Promise<void> {
  const { origin } = window.location;
  const given = await authRequest(route, {
    method: 'POST',
    body: {
      provider,
      callbackURL: new URL(callbackPath, origin).href,
      errorCallbackURL: new URL(errorPath, origin).href,
      disableRedirect: true,
      ...(invitation === undefined ? {} : { additionalData: { invitation } }),
      ...(scopes === undefined ? {} : { scopes }),
    },
  });
  const parsed = providerStart.safeParse(given);
  if (!parsed.success)
    throw new PodexError('internal', 'Podex sent no address of the provider. Try again.', {});
  window.location.assign(parsed.data.url);
}
