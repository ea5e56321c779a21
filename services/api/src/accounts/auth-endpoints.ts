import { isName } from '@podex/contracts/text';
import { z } from 'zod';
import { REPOSITORIES_SCOPE } from './providers/github.ts';
import { SECOND_FACTOR_ENDPOINTS } from './second-factor-endpoints.ts';

/**
 * What a request can try to guess. `password`: a secret that people choose, of the account in the body or of the session.
 * `random`: a long random value. `new_account` and `mail`: nothing, but it makes an account, or sends a mail to the address in the
 * body. `second_factor`: a code of the person who signs in, or is signed in.
 */
export type Guess =
  | {
      secret: 'nothing' | 'random' | 'new_account' | 'mail' | 'second_factor' | 'password_and_second_factor';
    }
  | { secret: 'password'; of: 'email_in_body' | 'session' };

export interface AuthEndpoint {
  path: string;
  /** Absent: better-auth has it, Podex does not use it, and it answers 404. */
  open?: { method: 'GET' } | { method: 'POST'; body: z.ZodObject };
  guess: Guess;
  /** Whether it needs a session that has just begun, or whose password was just entered: of all users, or of those without a password. */
  fresh?: 'always' | 'without_password';
}

const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;
const EMAIL_MAX = 254;
const NAME_MAX = 80;
export const URL_MAX = 2048;
const TOKEN_MAX = 256;
/** Control characters, line separators, and what turns the direction of text: none of it is part of a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
export const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const printable = (max: number) =>
  z
    .string()
    .max(max, `Use at most ${max} characters.`)
    .refine((text) => !UNPRINTABLE.test(text), 'Use one line, without control characters.');

const email = z
  .string()
  .max(EMAIL_MAX, `Use at most ${EMAIL_MAX} characters.`)
  .pipe(z.email('This is not an email address.'));
/** A wrong one may be short. */
const password = z.string().min(1, 'Enter the password.').max(PASSWORD_MAX);
const newPassword = z
  .string()
  .min(PASSWORD_MIN, `Use at least ${PASSWORD_MIN} characters.`)
  .max(PASSWORD_MAX, `Use at most ${PASSWORD_MAX} characters.`);
const name = printable(NAME_MAX)
  .trim()
  .normalize('NFC')
  .min(1, 'Enter a name.')
  .refine(isName, 'Use a name without invisible or direction marks.');
const image = printable(URL_MAX).pipe(
  z.url({ protocol: /^https?$/, error: 'Use an http or https address.' }),
);
/** Whether it is on the page’s origin is looked at before. */
const pageUrl = printable(URL_MAX).optional();
const invitation = printable(TOKEN_MAX);
const providerId = z.string().regex(/^[a-z]{1,40}$/, 'This is not the name of a provider.');

const get = { method: 'GET' } as const;
const post = <Shape extends z.ZodRawShape>(shape: Shape) =>
  ({ method: 'POST', body: z.object(shape) }) as const;

const nothing: Guess = { secret: 'nothing' };
const random: Guess = { secret: 'random' };
const mail: Guess = { secret: 'mail' };
const ownPassword: Guess = { secret: 'password', of: 'session' };

/**
 * Every endpoint of better-auth, open or not: what it takes, and what can be guessed with it. A closed one already says how its
 * tries will be counted. A test holds this list against better-auth’s own.
 */
export const AUTH_ENDPOINTS: readonly AuthEndpoint[] = [
  {
    path: '/sign-in/email',
    open: post({ email, password, rememberMe: z.boolean().optional(), callbackURL: pageUrl }),
    guess: { secret: 'password', of: 'email_in_body' },
  },
  {
    path: '/sign-up/email',
    open: post({
      email,
      password: newPassword,
      name,
      image: image.optional(),
      callbackURL: pageUrl,
      invitation: invitation.optional(),
    }),
    guess: { secret: 'new_account' },
  },
  {
    path: '/sign-in/social',
    open: post({
      provider: providerId,
      callbackURL: pageUrl,
      errorCallbackURL: pageUrl,
      newUserCallbackURL: pageUrl,
      disableRedirect: z.boolean().optional(),
      additionalData: z.object({ invitation: invitation.optional() }).optional(),
    }),
    guess: random,
  },
  { path: '/callback/:id', open: get, guess: random },
  {
    path: '/link-social',
    open: post({
      provider: providerId,
      callbackURL: pageUrl,
      errorCallbackURL: pageUrl,
      disableRedirect: z.boolean().optional(),
      scopes: z.tuple([z.literal(REPOSITORIES_SCOPE)]).optional(),
    }),
    guess: random,
  },
  { path: '/unlink-account', open: post({ accountId: printable(TOKEN_MAX) }), guess: nothing },
  { path: '/list-accounts', open: get, guess: nothing },
  { path: '/sign-out', open: post({}), guess: nothing },
  { path: '/get-session', open: get, guess: nothing },
  { path: '/verify-password', open: post({ password }), guess: ownPassword },
  {
    path: '/change-password',
    open: post({
      currentPassword: password,
      newPassword,
      revokeOtherSessions: z.boolean().optional(),
      revoke_tokens: z.boolean().optional(),
    }),
    guess: ownPassword,
  },
  { path: '/request-password-reset', open: post({ email }), guess: mail },
  {
    path: '/reset-password',
    open: post({ token: printable(TOKEN_MAX), newPassword, revoke_tokens: z.boolean().optional() }),
    guess: random,
  },
  { path: '/send-verification-email', open: post({ email }), guess: mail },
  { path: '/verify-email', open: get, guess: random },
  {
    path: '/update-user',
    open: post({ name: name.optional(), image: image.nullable().optional() }),
    guess: nothing,
  },

  // It gives away what a cookie holds; /api/sessions does the same without.
  { path: '/list-sessions', guess: nothing },
  { path: '/revoke-session', guess: random },
  { path: '/revoke-sessions', guess: nothing },
  { path: '/revoke-other-sessions', guess: nothing },
  { path: '/change-email', guess: ownPassword },
  { path: '/delete-user', guess: ownPassword },
  { path: '/delete-user/callback', guess: random },
  { path: '/reset-password/:token', guess: random },
  { path: '/account-info', guess: nothing },
  { path: '/get-access-token', guess: random },
  { path: '/refresh-token', guess: random },
  { path: '/update-session', guess: nothing },
  { path: '/ok', guess: nothing },
  { path: '/error', guess: random },
  ...SECOND_FACTOR_ENDPOINTS,
];

const BY_PATH = new Map(AUTH_ENDPOINTS.map((endpoint) => [endpoint.path, endpoint]));

/** The endpoint with this path as better-auth writes it, such as `/callback/:id`. */
export function findEndpoint(path: string): AuthEndpoint | undefined {
  return BY_PATH.get(path);
}

/** The open endpoint that a request below `/api/auth` is for. */
export function matchEndpoint(method: string, path: string): AuthEndpoint | undefined {
  const endpoint = BY_PATH.get(path.replace(/^\/callback\/[a-z]{1,40}$/, '/callback/:id'));
  return endpoint?.open?.method === method && !path.includes(':') ? endpoint : undefined;
}

/** For better-auth’s `disabledPaths`: a second lock on what `matchEndpoint` keeps out already. */
export const DISABLED_PATHS = AUTH_ENDPOINTS.filter(({ open }) => open === undefined).map(({ path }) => path);
