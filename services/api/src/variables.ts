import { imageReference } from '@podex/contracts/images';
import { modelProvider } from '@podex/contracts/models';
import { keyListVariable } from '@podex/service-kit/key-list';
import { variable } from '@podex/service-kit/variables';
import { z } from 'zod';
import { parseTrustedProxies } from './network/client-address.ts';
import { type HostName, isSafeProviderUrl, parseHost } from './network/hosts.ts';
import { parseMailAddress, parseMailServer } from './network/mail-server.ts';

const secret = z.string().min(32, 'must have at least 32 characters');
const text = z.string();
const origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL like https://podex.example.com' })
  .transform((value) => new URL(value).origin);

/** Bytes are forwarded to compute over plain HTTP, within the private network. */
const plainOrigin = z
  .url({ protocol: /^http$/, error: 'must be a URL like http://service:3002' })
  .transform((value) => new URL(value).origin);

const PROVIDER_URL_MAX = 2048;
/** Never changed: an issuer is compared letter by letter. */
const providerUrl = z
  .string()
  .max(PROVIDER_URL_MAX)
  .refine(isSafeProviderUrl, 'must be an https URL; http only on this machine')
  .refine((value) => !value.includes('?'), 'must have no query');

const DATABASE_SCHEME = /^postgres(ql)?(\+asyncpg)?:\/\//;

/** The guide writes `postgresql+asyncpg://`; the driver knows only `postgresql://`. */
const databaseUrl = z
  .string()
  .regex(DATABASE_SCHEME, 'must begin with postgresql://, postgres:// or postgresql+asyncpg://')
  .transform((value) => value.replace(DATABASE_SCHEME, 'postgresql://'));

const proxyList = z.string().transform((value, context) => {
  const { proxies, malformed } = parseTrustedProxies(value);
  if (malformed.length === 0) return proxies;
  context.addIssue(`must be addresses or ranges like 10.0.0.5,10.1.0.0/16; not ${malformed.join(', ')}`);
  return z.NEVER;
});
/** Host names with commas between them. */
const hosts = z.string().transform((value, context): HostName[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const host = parseHost(part);
      if (host === undefined) context.addIssue(`${part} is not a host name with or without a port`);
      return host ?? [];
    }),
);

/** The parsed value, or the problem in words. */
const parsedBy = <Value>(parse: (text: string) => Value | undefined, problem: string) =>
  z.string().transform((value, context) => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue(problem);
    return z.NEVER;
  });
/** 32 bytes in hexadecimal, base64 or base64url. */
const WRAPPING_KEY = /^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/;
const WRAPPING_KEY_FAULT =
  'must be 32 random bytes in base64 or hexadecimal; make one with: openssl rand -base64 32';
const wrappingKey = z.string().regex(WRAPPING_KEY, WRAPPING_KEY_FAULT);
const wrappingKeys = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine((keys) => keys.every((key) => WRAPPING_KEY.test(key)), WRAPPING_KEY_FAULT);

/** Every variable of api. `.env.example` and `podex doctor` are made from this table. */
export const API_VARIABLES = {
  ENVIRONMENT: variable(
    z.enum(['production', 'development']).default('production'),
    'production or development; development also accepts the page from localhost and 127.0.0.1',
    { example: 'production' },
  ),
  PORT: variable(
    z.coerce.number().int().min(0).max(65_535).default(3001),
    'port to listen on; 3001 when left out',
    {
      example: '3001',
    },
  ),
  HOST: variable(z.string().min(1).optional(), 'interface to listen on; all of them when left out', {
    example: '127.0.0.1',
  }),
  TRUSTED_PROXIES: variable(
    proxyList.optional(),
    'addresses or CIDR ranges, with commas, of the proxies in front of api whose X-Forwarded-For is believed; nobody’s when left out',
    { example: '10.0.0.5,10.1.0.0/16' },
  ),
  LOG_LEVEL: variable(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    'fatal, error, warn, info, debug or trace; info when left out',
    { example: 'info' },
  ),
  DATABASE_URL: variable(databaseUrl, 'PostgreSQL 15 or newer; holds everything that must last', {
    secret: true,
    example: 'postgresql://podex:password@postgres:5432/podex',
  }),
  REDIS_URL: variable(
    z.url({ protocol: /^rediss?$/, error: 'must be a URL like redis://redis:6379' }).optional(),
    'Redis 7 for wake-ups between several api processes; left out: there is only this one',
    { secret: true, example: 'redis://redis:6379' },
  ),
  FRONTEND_URL: variable(origin, 'where people open the page; only this origin may use their sessions', {
    example: 'https://podex.example.com',
  }),
  API_HOSTS: variable(
    hosts.default([]),
    'further host names of api, with commas between them, each with a port where it counts; the host of FRONTEND_URL and its api. sibling need not be named',
    { example: 'api.example.com,10.0.1.2:3001' },
  ),
  PREVIEW_DOMAIN: variable(
    parsedBy(parseHost, 'must be a host name with or without a port').optional(),
    'domain below which each port of a workspace has a host of its own; *.this must lead to api, with a certificate where the page has one; programs in workspaces answer there, so it must not be, or be related to, a domain of anything else; left out: preview.localhost where the page is on this machine, otherwise no previews',
    { example: 'podex-previews.example' },
  ),
  PREVIEW_PORT: variable(
    z.coerce.number().int().min(1).max(65_535).optional(),
    'port at which api shows previews on the page’s host where no wildcard domain leads to it; a proxy passes it on as the same port, with a certificate where the page has one; weaker than PREVIEW_DOMAIN: all previews share one origin, so open only those of people you trust; left out: no such port',
    { example: '3004' },
  ),
  METRICS_TOKEN: variable(
    secret.optional(),
    'bearer token for /metrics and the detail of health; left out: there is no /metrics; make one with: openssl rand -hex 32',
    { secret: true },
  ),
  JWT_SECRET_KEY: variable(
    secret,
    'signs sessions and seals the keys of JWTs; changing it signs everybody out; make one with: openssl rand -hex 32',
    { secret: true },
  ),
  SECRETS_KEY: variable(
    wrappingKey.optional(),
    'encrypts the secrets of people and workspaces; 32 bytes in base64 or hexadecimal; without it there are no secrets; lost, they are lost; make one with: openssl rand -base64 32',
    { secret: true },
  ),
  SECRETS_KEY_PREVIOUS: variable(
    wrappingKeys.default([]),
    'former values of SECRETS_KEY, with commas between them, until podex secrets rotate has done its work',
    { secret: true },
  ),
  INTERNAL_SERVICE_TOKEN: variable(
    keyListVariable,
    'what agent and compute show to api; the same on all three; new,old while it is changed',
    { secret: true },
  ),
  COMPUTE_SERVICE_URL: variable(plainOrigin, 'where compute listens', { example: 'http://compute:3003' }),
  COMPUTE_INTERNAL_API_KEY: variable(
    keyListVariable,
    'what api signs its capabilities for compute with; the same on both; new,old while it is changed',
    { secret: true },
  ),
  AGENT_SERVICE_URL: variable(plainOrigin, 'where agent listens', { example: 'http://agent:3002' }),
  LLM_PROVIDER: variable(
    modelProvider.optional(),
    'provider of the default model: openrouter, anthropic, openai, google or ollama; handed to agent',
    { example: 'openrouter' },
  ),
  OPENROUTER_API_KEY: variable(
    text.optional(),
    'key of OpenRouter; handed to agent when it has none of its own',
    {
      secret: true,
    },
  ),
  SIGN_UP: variable(
    z.enum(['open', 'closed']).default('closed'),
    'who may make an account until an admin sets it under Settings: open (anybody who reaches the page) or closed (the invited); closed when left out',
    { example: 'closed' },
  ),
  COMPUTE_WORKSPACE_IMAGE: variable(
    imageReference.default('podex/workspace:latest'),
    'as on compute: the image that every workspace may name; an admin allows others under Settings',
    { example: 'podex/workspace:latest' },
  ),
  ADMIN_EMAIL: variable(
    z.email().optional(),
    'the first admin, made at start while there is no admin; needs ADMIN_PASSWORD',
    { example: 'admin@example.com' },
  ),
  ADMIN_PASSWORD: variable(
    z.string().min(8, 'must have at least 8 characters').max(128).optional(),
    'password of the first admin; read only while there is no admin',
    { secret: true },
  ),
  GITHUB_CLIENT_ID: variable(text.optional(), 'sign-in with GitHub; needs GITHUB_CLIENT_SECRET'),
  GITHUB_CLIENT_SECRET: variable(text.optional(), 'sign-in with GitHub; needs GITHUB_CLIENT_ID', {
    secret: true,
  }),
  GITHUB_URL: variable(
    providerUrl.transform((value) => value.replace(/\/+$/, '')).optional(),
    'a GitHub Enterprise Server to sign in with in place of https://github.com; needs GITHUB_CLIENT_ID',
    { example: 'https://github.example.com' },
  ),
  GOOGLE_CLIENT_ID: variable(text.optional(), 'sign-in with Google; needs GOOGLE_CLIENT_SECRET'),
  GOOGLE_CLIENT_SECRET: variable(text.optional(), 'sign-in with Google; needs GOOGLE_CLIENT_ID', {
    secret: true,
  }),
  SMTP_URL: variable(
    parsedBy(parseMailServer, 'must be a URL like smtps://user:password@mail.example.com').optional(),
    'mail server, smtp:// or smtps:// with user and password; needs MAIL_FROM; left out: no mail is sent (in development it is written to the log)',
    { secret: true, example: 'smtps://user:password@mail.example.com' },
  ),
  MAIL_FROM: variable(
    parsedBy(parseMailAddress, 'must be an address like Podex <podex@example.com>').optional(),
    'sender of mail; needs SMTP_URL',
    { example: 'Podex <podex@example.com>' },
  ),
  OIDC_ISSUER: variable(
    providerUrl.optional(),
    'sign-in with an OpenID Connect provider, as its discovery document writes its issuer; needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET',
    { example: 'https://login.example.com/realms/acme' },
  ),
  OIDC_CLIENT_ID: variable(
    text.optional(),
    'client at OIDC_ISSUER; needs OIDC_ISSUER and OIDC_CLIENT_SECRET',
  ),
  OIDC_CLIENT_SECRET: variable(
    text.optional(),
    'client at OIDC_ISSUER; needs OIDC_ISSUER and OIDC_CLIENT_ID',
    { secret: true },
  ),
  OIDC_NAME: variable(
    z
      .string()
      .trim()
      .min(1)
      .max(40)
      .regex(/^[^\p{C}]*$/u, 'must have no control characters')
      .optional(),
    'what the button of OIDC_ISSUER says after “Continue with”; Single sign-on when left out',
    { example: 'Acme' },
  ),
  VOICE_PROVIDER: variable(
    z.enum(['local', 'openai', 'google']).optional(),
    'local, openai or google; accepted, not used by this version',
  ),
  STRIPE_SECRET_KEY: variable(text.optional(), 'billing; accepted, not used by this version', {
    secret: true,
  }),
  STRIPE_WEBHOOK_SECRET: variable(text.optional(), 'billing; accepted, not used by this version', {
    secret: true,
  }),
};
