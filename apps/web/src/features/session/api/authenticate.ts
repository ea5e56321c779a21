import { PodexError } from '@podex/contracts/errors';
import { sendAuth } from '#lib/auth-api.ts';

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

/** `code_needed`: the password is right, and a second factor is still to come. */
export type SignInOutcome = 'signed_in' | 'code_needed';

/** The session is a cookie that the response sets; no script can read it. */
export async function signIn(credentials: Credentials): Promise<SignInOutcome> {
  const body = await postAuth('sign-in/email', { ...credentials });
  return isRecord(body) && body.twoFactorRedirect === true ? 'code_needed' : 'signed_in';
}

/** Sign-up does not say whether the email has an account already; only who has the password gets in. */
export async function signUp(
  account: Credentials & { name: string; invitation?: string },
): Promise<SignInOutcome> {
  await postAuth('sign-up/email', { ...account });
  try {
    return await signIn({ email: account.email, password: account.password });
  } catch (error) {
    throw isWrongPassword(error) ? new SignInRefused(error.reason, OTHER_PASSWORD) : error;
  }
}

export async function signOut(): Promise<void> {
  await postAuth('sign-out', {});
}

/** Asks for a mail with a link to set a new password. The answer is the same whether there is an account or not. */
export async function requestPasswordReset(email: string): Promise<void> {
  await postAuth('request-password-reset', { email });
}

/** Ends every session of the account. */
export async function resetPassword(reset: {
  token: string;
  newPassword: string;
  endsTokens: boolean;
}): Promise<void> {
  const { token, newPassword, endsTokens } = reset;
  await postAuth('reset-password', { token, newPassword, revoke_tokens: endsTokens });
}

export async function sendVerificationEmail(email: string): Promise<void> {
  await postAuth('send-verification-email', { email });
}

export async function verifyEmail(token: string): Promise<void> {
  const response = await sendAuth('GET', `verify-email?${new URLSearchParams({ token })}`);
  if (!response.isOk) throw refusalOf(response.status, response.body);
}

/** The second step of a sign-in: a code of the app, or a recovery code. */
export async function giveCode(code: string, kind: 'app' | 'recovery'): Promise<void> {
  await postAuth(kind === 'app' ? 'two-factor/verify-totp' : 'two-factor/verify-backup-code', { code });
}

async function postAuth(path: string, body: object): Promise<unknown> {
  const response = await sendAuth('POST', path, body);
  if (response.isOk) return response.body;
  throw refusalOf(response.status, response.body);
}

const OTHER_PASSWORD =
  'If you have an account with this email already, sign in with its password. If not, sign in with the one you just chose.';

function isWrongPassword(error: unknown): error is SignInRefused {
  return error instanceof SignInRefused && error.reason === 'INVALID_EMAIL_OR_PASSWORD';
}

const WORDS: Record<string, string> = {
  INVALID_EMAIL_OR_PASSWORD: 'Wrong email or password.',
  INVALID_EMAIL: 'This is not an email address.',
  INVALID_PASSWORD: 'Wrong email or password.',
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
