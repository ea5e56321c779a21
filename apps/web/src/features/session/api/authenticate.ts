import { PodexError } from '@podex/contracts/errors';
import { apiUrl } from '#lib/api-address.ts';

const TIMEOUT_MS = 30_000;

export interface Credentials {
  email: string;
  password: string;
}

/** Sign-in was refused, in words for the person who tries. */
export class SignInRefused extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'SignInRefused';
    this.reason = reason;
  }
}

/** The session is a cookie that the answer sets; no script can read it. */
export function signIn(credentials: Credentials): Promise<void> {
  return postAuth('sign-in/email', { ...credentials });
}

/** Sign-up does not say whether the e-mail has an account already; only who has the password gets in. */
export async function signUp(account: Credentials & { name: string; invitation?: string }): Promise<void> {
  await postAuth('sign-up/email', { ...account });
  try {
    await signIn({ email: account.email, password: account.password });
  } catch (error) {
    throw isWrongPassword(error) ? new SignInRefused(error.reason, OTHER_PASSWORD) : error;
  }
}

export function signOut(): Promise<void> {
  return postAuth('sign-out', {});
}

/** Asks for a mail with a link to set a new password. The answer is the same whether there is an account or not. */
export function requestPasswordReset(email: string): Promise<void> {
  return postAuth('request-password-reset', { email });
}

/** Ends every session of the account. */
export function resetPassword(reset: {
  token: string;
  newPassword: string;
  endsTokens: boolean;
}): Promise<void> {
  const { token, newPassword, endsTokens } = reset;
  return postAuth('reset-password', { token, newPassword, revoke_tokens: endsTokens });
}

export function sendVerificationEmail(email: string): Promise<void> {
  return postAuth('send-verification-email', { email });
}

export function verifyEmail(token: string): Promise<void> {
  return askAuth(`verify-email?token=${encodeURIComponent(token)}`, { method: 'GET' });
}

function postAuth(path: string, body: Record<string, string | boolean>): Promise<void> {
  return askAuth(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function askAuth(path: string, request: RequestInit): Promise<void> {
  const response = await send(`${apiUrl()}/api/auth/${path}`, request);
  if (response.ok) return;
  throw refusalOf(response.status, await response.json().catch(() => undefined));
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, {
      ...request,
      credentials: 'include',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const message = `Podex cannot be reached at ${apiUrl()}. Is it running, and is the network up?`;
    throw new PodexError('service_unavailable', message, { service: 'api' }, { cause });
  }
}

const OTHER_PASSWORD =
  'If you have an account with this e-mail already, sign in with its password. If not, sign in with the one you just chose.';

function isWrongPassword(error: unknown): error is SignInRefused {
  return error instanceof SignInRefused && error.reason === 'INVALID_EMAIL_OR_PASSWORD';
}

const WORDS: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: 'Wrong e-mail or password.',
  INVALID_EMAIL: 'This is not an e-mail address.',
  INVALID_PASSWORD: 'Wrong e-mail or password.',
  PASSWORD_TOO_SHORT: 'The password is too short: use at least 8 characters.',
  PASSWORD_TOO_LONG: 'The password is too long: use at most 128 characters.',
};

/** better-auth's own code says more than the error it was put into, so it is asked first. */
export function refusalOf(status: number, body: unknown): Error {
  const given = isRecord(body) ? body : {};
  const code = typeof given.code === 'string' ? given.code : `HTTP_${status}`;
  const words = WORDS[code];
  if (words !== undefined) return new SignInRefused(code, words);
  if (isRecord(given.error)) return PodexError.fromBody(given);
  if (status === 429) return new SignInRefused(code, 'Too many attempts. Wait a minute, then try again.');
  const message =
    typeof given.message === 'string' ? given.message : `Sign-in was refused (status ${status}).`;
  return new SignInRefused(code, message);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
