import { type ErrorCode, PodexError } from '@podex/contracts/errors';
import { z } from 'zod';
import { onlyJson, resolveOwnPage, tooLarge } from './auth-request.ts';
import { CHECKS_BUSY, tooManyAtOnce } from './password-checks.ts';

type PlainCode = Exclude<
  ErrorCode,
  'limit_reached' | 'unsupported_media_type' | 'too_large' | 'password_too_common' | 'mail_not_configured'
>;
/** What better-auth says where it was given nothing to send mail with. */
const WITHOUT_MAIL: readonly string[] = ['RESET_PASSWORD_DISABLED', 'VERIFICATION_EMAIL_NOT_ENABLED'];

const WRONG_CODE = [
  'invalid_credentials',
  'Wrong code, or it was used before. Wait for the next one and try again.',
] as const;
const TOO_LATE = ['unauthenticated', 'This sign-in took too long. Start again with your password.'] as const;
const TWO_FACTOR_OFF = ['conflict', 'Two-factor authentication is not on. Set it up first.'] as const;
const PASSKEY_CHALLENGE = ['conflict', 'This took too long, or was done before. Try again.'] as const;
const PASSKEY_REFUSED = [
  'invalid_credentials',
  'This passkey cannot be used here. Use another one, or your password.',
] as const;
const PASSKEY_NOT_ADDED = ['invalid_request', 'This passkey cannot be added. Try another one.'] as const;

const SECOND_FACTOR_ERRORS: Readonly<Record<string, readonly [PlainCode, string]>> = {
  INVALID_CODE: WRONG_CODE,
  INVALID_BACKUP_CODE: [
    'invalid_credentials',
    'Wrong recovery code, or it was used before. Try another one.',
  ],
  INVALID_TWO_FACTOR_COOKIE: TOO_LATE,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: [
    'unauthenticated',
    'Too many wrong codes. Start again with your password.',
  ],
  TOTP_ALREADY_ENABLED: ['conflict', 'Two-factor authentication is on already. Turn it off first.'],
  TOTP_NOT_ENABLED: TWO_FACTOR_OFF,
  TWO_FACTOR_NOT_ENABLED: TWO_FACTOR_OFF,
  BACKUP_CODES_NOT_ENABLED: TWO_FACTOR_OFF,
  CHALLENGE_NOT_FOUND: PASSKEY_CHALLENGE,
  AUTHENTICATION_FAILED: PASSKEY_REFUSED,
  PASSKEY_NOT_FOUND: PASSKEY_REFUSED,
  NO_SUCH_PASSKEY: ['not_found', 'There is no such passkey. Load the list again.'],
  USER_NOT_VERIFIED: [
    'invalid_credentials',
    'The passkey did not check that it is you. Use one with a PIN, a finger or a face.',
  ],
  PASSKEY_EXISTS: ['conflict', 'This passkey was added before. Use another one.'],
  FAILED_TO_VERIFY_REGISTRATION: PASSKEY_NOT_ADDED,
  YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY: PASSKEY_NOT_ADDED,
};

const WRONG_SIGN_IN = ['invalid_credentials', 'Wrong email or password. Check both and try again.'] as const;

const LINK_NOT_VALID = [
  'link_not_valid',
  'This link cannot be used. It may have expired or been used already. Ask for a new one.',
] as const;

/** better-auth’s codes that mean more than their HTTP status does, with our words. */
const BY_CODE: Readonly<Record<string, readonly [PlainCode, string]>> = {
  INVALID_EMAIL_OR_PASSWORD: WRONG_SIGN_IN,
  USER_NOT_FOUND: WRONG_SIGN_IN,
  INVALID_PASSWORD: ['invalid_credentials', 'Wrong password. Check it and try again.'],
  CREDENTIAL_ACCOUNT_NOT_FOUND: [
    'invalid_credentials',
    'This account has no password. Sign in with your provider.',
  ],
  INVALID_EMAIL: ['invalid_request', 'This is not an email address. Check it and try again.'],
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
    'Sign-in with this provider is not set up here. Use an email and password.',
  ],
  EMAIL_NOT_VERIFIED: [
    'email_not_verified',
    'Confirm your email address first. We have sent you a link; look for it in your inbox.',
  ],
  INVALID_TOKEN: LINK_NOT_VALID,
  TOKEN_EXPIRED: LINK_NOT_VALID,
  FAILED_TO_UNLINK_LAST_ACCOUNT: [
    'conflict',
    'This is the only way to sign in to this account. Add another one first.',
  ],
  ACCOUNT_NOT_FOUND: ['not_found', 'This sign-in method is not there any more. Load the list again.'],
  SESSION_NOT_FRESH: [
    'confirmation_required',
    'Enter your password again, or sign in again, before you change this.',
  ],
  ...SECOND_FACTOR_ERRORS,
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
  TOO_MANY_PASSKEYS: 'conflict',
  USER_SUSPENDED: 'user_suspended',
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
  if (code !== undefined && WITHOUT_MAIL.includes(code)) return mailNotConfigured();
  const own = code === undefined ? undefined : OWN[code];
  if (code === 'PROVIDER_UNREACHABLE' && words !== undefined)
    return new PodexError('service_unavailable', words, { service: 'sign-in provider' });
  if (own !== undefined && words !== undefined) return new PodexError(own, words, {});
  if (status === 413) return tooLarge();
  if (status === 415) return onlyJson();
  const known = code === undefined ? undefined : BY_CODE[code];
  const [ours, message] = known ?? BY_STATUS[status] ?? (status < 500 ? BAD_REQUEST : FAILED);
  return new PodexError(ours, message, {});
}

function mailNotConfigured(): PodexError {
  return new PodexError(
    'mail_not_configured',
    'This Podex sends no email. Ask its admin for help; the admin can set SMTP_URL and MAIL_FROM.',
    { variables: ['SMTP_URL', 'MAIL_FROM'] },
  );
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
