import { newId } from '@podex/contracts/ids';
import type { Logger } from '@podex/service-kit/logger';
import { type BetterAuthOptions, type BetterAuthPlugin, betterAuth } from 'better-auth';
import type { Pool } from 'pg';
import type { ApiConfig } from '../config.ts';
import type { Db } from '../database/connect.ts';
import type { Transact } from '../database/transact.ts';
import { AuthAudit, createAccountAudit } from './auth-audit.ts';
import { DISABLED_PATHS } from './auth-endpoints.ts';
import { joinAuthHooks } from './auth-hooks.ts';
import { ADDRESS_HEADER } from './auth-request.ts';
import { createDeviceCookie } from './device-cookie.ts';
import { KnownDevices } from './known-device.ts';
import { createPasswordChecks } from './password-checks.ts';
import { SignInAttempts } from './sign-in-attempts.ts';
import { type CredentialEnds, endCredentials } from './token-revocation.ts';

export type AuthConfig = Pick<ApiConfig, 'frontendOrigin' | 'github' | 'google' | 'sessionSecret'>;

export interface AuthOptions {
  config: AuthConfig;
  pool: Pool;
  /** Origins whose pages may use a session. */
  allowedOrigins: readonly string[];
  logger: Logger;
  credentials: CredentialEnds;
  /** Decides who may make an account. */
  registrationGate: BetterAuthPlugin;
  transact: Transact;
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
export function buildAuthOptions(options: AuthOptions) {
  const { config, pool, allowedOrigins, logger, credentials, registrationGate, transact } = options;
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
      // Then sign-up answers alike whether the e-mail has an account or not; who has the password signs in next.
      autoSignIn: false,
      minPasswordLength: 8,
      maxPasswordLength: 128,
      password: createPasswordChecks(),
      revokeSessionsOnPasswordReset: true,
    },
    plugins: [registrationGate, endCredentials(credentials), createAccountAudit(transact)],
    socialProviders: {
      ...(config.github === undefined ? {} : { github: config.github }),
      ...(config.google === undefined ? {} : { google: config.google }),
    },
    user: {
      fields: FIELDS.user,
      additionalFields: {
        role: { type: 'string', required: true, defaultValue: 'user', input: false },
      },
    },
    session: { fields: FIELDS.session },
    account: { fields: FIELDS.account },
    verification: { fields: FIELDS.verification },
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
export function createAuth({ db, ...options }: AuthOptions & { db: Db }) {
  const devices = new KnownDevices(options.config.sessionSecret);
  const hooks = joinAuthHooks([
    new SignInAttempts({ db, devices }),
    createDeviceCookie(devices, isServedOverHttps(options.config)),
    new AuthAudit(options),
  ]);
  return betterAuth({ ...buildAuthOptions(options), hooks });
}

export type Auth = ReturnType<typeof createAuth>;
