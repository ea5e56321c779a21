import { isName } from '@podex/contracts/text';
import { z } from 'zod';
import { RECOVERY_CODE } from './two-factor.ts';

const PASSWORD_MAX = 128;
const ID_MAX = 64;
const NAME_MAX = 80;
/** In base64url: a credential’s id has at most 1,023 bytes. */
const CREDENTIAL_ID_MAX = 1_364;
/** In base64url: what an authenticator makes without attestation has some hundred bytes. */
const AUTHENTICATOR_DATA_MAX = 8_192;
const CLIENT_DATA_MAX = 4_096;
const SIGNATURE_MAX = 1_024;
const USER_HANDLE_MAX = 128;
const TRANSPORTS_MAX = 10;

const password = z.string().min(1, 'Enter the password.').max(PASSWORD_MAX);
const appCode = z
  .string()
  .max(20)
  .transform((text) => text.replaceAll(/\s/g, ''))
  .pipe(z.string().regex(/^\d{6}$/, 'Enter the six digits that your app shows.'));
const recoveryCode = z
  .string()
  .max(40)
  .transform((text) => text.toLowerCase().replaceAll(/[\s-]/g, ''))
  .transform((text) => `${text.slice(0, 5)}-${text.slice(5)}`)
  .pipe(z.string().regex(RECOVERY_CODE, 'Enter a recovery code, such as abcde-fghjk.'));
const name = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(NAME_MAX, `Use at most ${NAME_MAX} characters.`)
  .refine(isName, 'Use one line, without control characters, invisible or direction marks.');
const id = z
  .string()
  .min(1)
  .max(ID_MAX)
  .regex(/^[\w-]+$/, 'This is not the id of a passkey.');

const base64url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]*$/, 'This is not base64url.');
const credential = {
  id: base64url(CREDENTIAL_ID_MAX).min(1),
  rawId: base64url(CREDENTIAL_ID_MAX).min(1),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  // Podex asks for no extension.
  clientExtensionResults: z.unknown().transform(() => ({})),
};
const clientDataJSON = base64url(CLIENT_DATA_MAX).min(1);

const registration = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    attestationObject: base64url(AUTHENTICATOR_DATA_MAX).min(1),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(TRANSPORTS_MAX)
      .optional(),
  }),
});
const authentication = z.object({
  ...credential,
  response: z.object({
    clientDataJSON,
    authenticatorData: base64url(AUTHENTICATOR_DATA_MAX).min(1),
    signature: base64url(SIGNATURE_MAX).min(1),
    userHandle: base64url(USER_HANDLE_MAX).nullish(),
  }),
});

const get = { method: 'GET' } as const;
const post = <Shape extends z.ZodRawShape>(shape: Shape) =>
  ({ method: 'POST', body: z.object(shape) }) as const;

const nothing = { secret: 'nothing' } as const;
const random = { secret: 'random' } as const;
const ownPassword = { secret: 'password', of: 'session' } as const;
const code = { secret: 'second_factor' } as const;

/** The rows of the two-factor and passkey plugins in the table of endpoints. What a body does not list, better-auth never sees. */
export const SECOND_FACTOR_ENDPOINTS = [
  {
    path: '/two-factor/enable',
    open: post({ password: password.optional() }),
    guess: ownPassword,
    fresh: 'without_password',
  },
  { path: '/two-factor/verify-totp', open: post({ code: appCode }), guess: code },
  { path: '/two-factor/verify-backup-code', open: post({ code: recoveryCode }), guess: code },
  {
    path: '/two-factor/disable',
    open: post({ password: password.optional(), code: z.union([appCode, recoveryCode]) }),
    guess: { secret: 'password_and_second_factor' },
    fresh: 'without_password',
  },
  {
    path: '/two-factor/generate-backup-codes',
    open: post({ password: password.optional() }),
    guess: ownPassword,
    fresh: 'without_password',
  },
  { path: '/two-factor/get-totp-uri', guess: ownPassword },
  { path: '/two-factor/send-otp', guess: code },
  { path: '/two-factor/verify-otp', guess: code },

  { path: '/passkey/generate-register-options', open: get, guess: nothing, fresh: 'always' },
  {
    path: '/passkey/verify-registration',
    open: post({ response: registration, name: name.optional() }),
    guess: random,
    fresh: 'always',
  },
  { path: '/passkey/generate-authenticate-options', open: get, guess: nothing },
  {
    path: '/passkey/verify-authentication',
    open: post({ response: authentication }),
    guess: random,
  },
  { path: '/passkey/list-user-passkeys', open: get, guess: nothing },
  { path: '/passkey/delete-passkey', open: post({ id }), guess: nothing, fresh: 'always' },
  { path: '/passkey/update-passkey', open: post({ id, name }), guess: nothing },
] as const;
