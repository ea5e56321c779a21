import { newId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth';
import type { Pool } from 'pg';
import type { ApiConfig } from '../config.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import type { Mailing } from '../mail/mail.ts';
import { admitActiveUsers } from './active-users.ts';
import { AuthAudit, createAccountAudit, createWrongCodeAudit } from './auth-audit.ts';
import { DISABLED_PATHS } from './auth-endpoints.ts';
import { joinAuthHooks } from './auth-hooks.ts';
import { ADDRESS_HEADER } from './auth-request.ts';
import { createDeviceCookie } from './device-cookie.ts';
import { FreshSessions } from './fresh-session.ts';
import type { GithubAccess } from './github-access.ts';
import { KnownDevices } from './known-device.ts';
import { MailedLinks } from './mailed-links.ts';
import { newPasswords } from './new-passwords.ts';
import { bindOAuthFlow } from './oauth-binding.ts';
import { createPasskeyRules, createPasskeys } from './passkeys.ts';
import { createPasswordChecks } from './password-checks.ts';
import type { SignInProvider } from './providers/provider.ts';
import { signInProviders } from './providers/sign-in-providers.ts';
import { noteSignInMethod, SESSION_FIELDS } from './session-facts.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { type CredentialEnds, endCredentials } from './token-revocation.ts';
import { createTwoFactor } from './two-factor.ts';
import { createTwoFactorRules } from './two-factor-rules.ts';
import { createUnlinking } from './unlinking.ts';

export type AuthConfig = Pick<ApiConfig, 'frontendOrigin' | 'sessionSecret'>;

export interface AuthOptions {
  config: AuthConfig;
  db: Db;
  pool: Pool;
  /** Origins whose pages may use a session. */
  allowedOrigins: readonly string[];
  logger: Logger;
  credentials: CredentialEnds;
  /** Decides who may make an account. */
  registrationGate: BetterAuthPlugin;
  /** Absent: nothing is done by mail. */
  mail?: { mailing: Mailing; transact: Transact } | undefined;
  providers: readonly SignInProvider[];
  transact: Transact;
  /** Ends with the account at GitHub. */
  githubAccess?: GithubAccess | undefined;
}

/** Columns in snake_case like those of all other tables. */
const FIELDS = {
  user: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
  session: {
    userId: 'user_id',
    expiresAt: 'expires_at',
    ipAddress: 'ip_address',
    userAgent: 'user_agent',
    createdAt: 'created_at',
    updatedAt: 'updated_at',
  },
  account: {
    accountId: 'account_id',
    providerId: 'provider_id',
    userId: 'user_id',
    accessToken: 'access_token',
    refreshToken: 'refresh_token',
    idToken: 'id_token',
    accessTokenExpiresAt: 'access_token_expires_at',
    refreshTokenExpiresAt: 'refresh_token_expires_at',
    createdAt: 'created_at',
    updatedAt: 'updated_at',
  },
  verification: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
} as const;

/**
 * better-auth on the pool of api: sign-up, sign-in, sessions and accounts are its business alone. Its tables come from our
 * migrations (made with its `compileMigrations()`); it never changes the schema itself.
 */
export function buildAuthOptions({ links, ...options }: AuthOptions & { links?: MailedLinks | undefined }) {
  const { config, db, pool, allowedOrigins, logger, credentials, registrationGate, providers } = options;
  const isHttps = isServedOverHttps(config);
  return {
    appName: 'Podex',
    basePath: '/api/auth',
    secret: config.sessionSecret,
    database: pool,
    trustedOrigins: [...allowedOrigins],
    telemetry: { enabled: false },
    // Its warnings are about options we chose, and its errors about requests it refused: the caller is told.
    logger: { log: (_level, message) => logger.debug({ detail: message }, 'auth') },
    // What is not better-auth’s own error is for the caller, with its own words and status.
    onAPIError: { throw: true, errorURL: `${config.frontendOrigin}/sign-in` },
    disabledPaths: [...DISABLED_PATHS],
    emailAndPassword: {
      enabled: true,
      // Then sign-up answers alike whether the email has an account or not; who has the password signs in next.
      autoSignIn: false,
      minPasswordLength: 8,
      maxPasswordLength: 128,
      password: createPasswordChecks(),
      revokeSessionsOnPasswordReset: true,
      ...links?.passwords(),
    },
    ...(links === undefined ? {} : { emailVerification: links.verification() }),
    plugins: [
      registrationGate,
      endCredentials(credentials),
      noteSignInMethod(),
      signInProviders(providers, logger),
      createUnlinking(options.transact, providers, options.githubAccess),
      createTwoFactor(),
      createTwoFactorRules(db, createWrongCodeAudit(options.transact)),
      createPasskeys({ db, pageOrigin: config.frontendOrigin }),
      createPasskeyRules(db),
      createAccountAudit(options.transact),
    ],
    user: {
      fields: FIELDS.user,
      additionalFields: {
        role: { type: 'string', required: true, defaultValue: 'user', input: false },
      },
    },
    session: {
      fields: FIELDS.session,
      additionalFields: SESSION_FIELDS,
      // fresh-session.ts says what needs one, and for how long it is.
      freshAge: 0,
    },
    account: {
      fields: FIELDS.account,
      accountLinking: {
        // Nobody’s word alone: an unverified address never joins two accounts.
        trustedProviders: [],
        requireLocalEmailVerified: true,
        // Who is signed in may link an account with another address; it brings that address along to nothing.
        allowDifferentEmails: true,
        updateUserInfoOnLink: false,
      },
    },
    verification: {
      fields: FIELDS.verification,
      // Who reads the database, or a backup of it, cannot set anybody’s password.
      storeIdentifier: { default: 'plain', overrides: { 'reset-password:': 'hashed' } },
    },
    // Counted in PostgreSQL, over all processes: sign-in-attempts.ts.
    rateLimit: { enabled: false },
    advanced: {
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER], ipv6Subnet: 128 },
      cookiePrefix: 'podex',
      // Said here, because their defaults depend on NODE_ENV.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      // The cookie keeps one name; `secure` is an attribute of it.
      useSecureCookies: false,
      defaultCookieAttributes: { secure: isHttps, sameSite: 'lax', httpOnly: true },
      database: {
        generateId: ({ model }) => (model === 'user' ? newId('user') : crypto.randomUUID()),
        // The migrator runs before the first request; introspecting the schema again would slow it.
        validateSchema: false,
      },
    },
  } satisfies BetterAuthOptions;
}

export function isServedOverHttps({ frontendOrigin }: Pick<ApiConfig, 'frontendOrigin'>): boolean {
  return frontendOrigin.startsWith('https:');
}

/** better-auth with what Podex adds to it, one hook for each concern. */
export function createAuth(options: AuthOptions) {
  const { db } = options;
  const devices = new KnownDevices(options.config.sessionSecret);
  const attempts = new SignInAttempts({ db, devices });
  const links =
    options.mail &&
    new MailedLinks({
      ...options.mail,
      db,
      frontendOrigin: options.config.frontendOrigin,
      credentials: options.credentials,
      forgetAttempts: (email) => attempts.forget(email),
    });
  const hooks = joinAuthHooks([
    newPasswords,
    new FreshSessions(options.db),
    attempts,
    ...(links ? [links.hook] : []),
    createDeviceCookie({
      devices,
      isHttps: isServedOverHttps(options.config),
      onNewBrowser: links && ((signIn) => links.tellOfNewBrowser(signIn)),
    }),
    bindOAuthFlow(),
    new AuthAudit(options),
  ]);
  const base = buildAuthOptions({ ...options, links });
  return betterAuth({ ...base, plugins: [...base.plugins, admitActiveUsers(options.db)], hooks });
}

export type Auth = ReturnType<typeof createAuth>;
