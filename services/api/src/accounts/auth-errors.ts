import { type ErrorCode, PodexError } from '@podex/contracts/errors';
import { z } from 'zod';
import { onlyJson, resolveOwnPage, tooLarge } from './auth-request.ts';
import { CHECKS_BUSY, tooManyAtOnce } from './password-checks.ts';

type PlainCode = Exclude<ErrorCode, 'limit_reached' | 'unsupported_media_type' | 'too_large'>;

const WRONG_SIGN_IN = ['invalid_credentials', 'Wrong e-mail or password. Check both and try again.'] as const;

/** better-auth’s codes that mean more than their HTTP status does, with our words. */
const BY_CODE: Readonly<Record<string, readonly [PlainCode, string]>> = {
  INVALID_EMAIL_OR_PASSWORD: WRONG_SIGN_IN,
  USER_NOT_FOUND: WRONG_SIGN_IN,
  INVALID_PASSWORD: ['invalid_credentials', 'Wrong password. Check it and try again.'],
  CREDENTIAL_ACCOUNT_NOT_FOUND: [
    'invalid_credentials',
    'This account has no password. Sign in with your provider.',
  ],
  INVALID_EMAIL: ['invalid_request', 'This is not an e-mail address. Check it and try again.'],
  INVALID_ORIGIN: ['origin_not_allowed', 'Pages of this origin may not sign in here. Is FRONTEND_URL right?'],
  MISSING_OR_NULL_ORIGIN: [
    'origin_not_allowed',
    'A request with cookies must carry an Origin header. Send the one of the page.',
  ],
  CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: [
    'origin_not_allowed',
    'Another site tried to sign you in. Open the page and sign in there.',
  ],
  PROVIDER_NOT_FOUND: [
    'not_found',
    'Sign-in with this provider is not set up here. Use an e-mail and password.',
  ],
  SESSION_NOT_FRESH: ['unauthenticated', 'Sign in again before you change this.'],
};
const BY_STATUS: Readonly<Record<number, readonly [PlainCode, string]>> = {
  401: ['unauthenticated', 'Sign in first.'],
  403: ['forbidden', 'This is not allowed.'],
  404: ['not_found', 'There is no such sign-in route.'],
  405: ['method_not_allowed', 'This route does not take this method.'],
  409: ['conflict', 'This is in conflict with what is there. Load it again.'],
};
/** Codes of our own plugins, whose errors bring their words along. */
const OWN: Readonly<Record<string, PlainCode>> = {
  SIGN_UP_NOT_ALLOWED: 'forbidden',
  INVITATION_NOT_VALID: 'invitation_not_valid',
};
const BAD_REQUEST = ['invalid_request', 'Sign-in cannot read this request. Check its fields.'] as const;
const FAILED = [
  'internal',
  'Something went wrong in Podex. The log has the detail under this request id.',
] as const;

const betterAuthError = z.object({ code: z.string().optional(), message: z.string().optional() });

/**
 * better-auth’s response as ours: an error gets the form and words of all other errors, beside its own `code`, and a redirect that
 * would leave the page is refused.
 */
export async function toPodexResponse(
  response: Response,
  requestId: string,
  allowedOrigins: readonly string[],
): Promise<Response> {
  if (response.status < 300) return response;
  if (response.status < 400) return requireOwnRedirect(response, requestId, allowedOrigins);
  const given = betterAuthError.safeParse(await readJson(response)).data ?? {};
  const error = errorOf(response.status, given);
  return errorResponse(response, error, requestId, given.code === undefined ? {} : { code: given.code });
}

/** Our code for an error of better-auth. */
export function codeOf(status: number, given: z.infer<typeof betterAuthError>): ErrorCode {
  return errorOf(status, given).code;
}

function errorOf(status: number, { code, message: words }: z.infer<typeof betterAuthError>): PodexError {
  if (code === CHECKS_BUSY) return tooManyAtOnce();
  const own = code === undefined ? undefined : OWN[code];
  if (own !== undefined && words !== undefined) return new PodexError(own, words, {});
  if (status === 413) return tooLarge();
  if (status === 415) return onlyJson();
  const known = code === undefined ? undefined : BY_CODE[code];
  const [ours, message] = known ?? BY_STATUS[status] ?? (status < 500 ? BAD_REQUEST : FAILED);
  return new PodexError(ours, message, {});
}

function requireOwnRedirect(
  response: Response,
  requestId: string,
  allowedOrigins: readonly string[],
): Response {
  const to = resolveOwnPage(response.headers.get('location') ?? '', allowedOrigins);
  if (to !== undefined) {
    const headers = new Headers(response.headers);
    headers.set('location', to);
    return new Response(null, { status: response.status, headers });
  }
  const message = 'Sign-in may only lead back to the page. Start again from there.';
  return errorResponse(response, new PodexError('forbidden', message, {}), requestId, {});
}

function errorResponse(given: Response, error: PodexError, requestId: string, beside: object): Response {
  const headers = new Headers(given.headers);
  headers.delete('content-length');
  headers.delete('location');
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify({ ...beside, ...error.toBody(requestId) }), {
    status: error.status,
    headers,
  });
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // An empty or non-JSON error: its status says what there is to say.
    return {};
  }
}
