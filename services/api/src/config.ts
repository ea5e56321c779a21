import { imageReference } from '@podex/contracts/images';
import { modelProvider } from '@podex/contracts/models';
import { ConfigError, readVariables, type ValuesOf, variable } from '@podex/service-kit/variables';
import { z } from 'zod';
import { parseTrustedProxies, type TrustedProxies } from './network/client-address.ts';
import { type HostName, parseHost } from './network/hosts.ts';

const secret = z.string().min(32, 'must have at least 32 characters');
const text = z.string();
const origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL like https://podex.example.com' })
  .transform((value) => new URL(value).origin);

/** Bytes are forwarded to compute over plain HTTP, within the private network. */
const plainOrigin = z
  .url({ protocol: /^http$/, error: 'must be a URL like http://service:3002' })
  .transform((value) => new URL(value).origin);

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
  INTERNAL_SERVICE_TOKEN: variable(secret, 'what agent and compute show to api; the same on all three', {
    secret: true,
  }),
  COMPUTE_SERVICE_URL: variable(plainOrigin, 'where compute listens', { example: 'http://compute:3003' }),
  COMPUTE_INTERNAL_API_KEY: variable(
    secret,
    'what api signs its capabilities for compute with; the same on both',
    { secret: true },
  ),
  AGENT_SERVICE_URL: variable(plainOrigin, 'where agent listens', { example: 'http://agent:3002' }),
  LLM_PROVIDER: variable(
    modelProvider.optional(),
    'provider of the default model: openrouter, anthropic, openai or ollama; handed to agent',
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
  GOOGLE_CLIENT_ID: variable(text.optional(), 'sign-in with Google; needs GOOGLE_CLIENT_SECRET'),
  GOOGLE_CLIENT_SECRET: variable(text.optional(), 'sign-in with Google; needs GOOGLE_CLIENT_ID', {
    secret: true,
  }),
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

/** A variable with one of these beginnings that is not in the table is a misspelt one. */
const OWN_PREFIXES = [
  'API_HOST',
  'METRICS_',
  'JWT_',
  'STRIPE_',
  'VOICE_',
  'GITHUB_CLIENT_',
  'GOOGLE_CLIENT_',
  'SIGN_UP',
  'ADMIN_',
  'TRUSTED_',
];

const KEYS = [
  ['JWT_SECRET_KEY'],
  ['INTERNAL_SERVICE_TOKEN'],
  ['COMPUTE_INTERNAL_API_KEY'],
  ['METRICS_TOKEN'],
] as const;

type Values = ValuesOf<typeof API_VARIABLES>;

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
}

export interface ApiConfig {
  isDevelopment: boolean;
  port: number;
  /** Interface to listen on; undefined: all of them. */
  host: string | undefined;
  /** May say whose request they pass on. */
  trustedProxies: TrustedProxies;
  logLevel: string;
  databaseUrl: string;
  redisUrl: string | undefined;
  frontendOrigin: string;
  /** Names under which api answers besides those that follow from the page’s. */
  apiHosts: readonly HostName[];
  /** Undefined: nobody reads metrics. */
  metricsToken: string | undefined;
  sessionSecret: string;
  internalToken: string;
  compute: { baseUrl: string; key: string };
  agent: { baseUrl: string };
  providers: { defaultProvider: string | null; openrouterApiKey: string | null };
  /** Until an admin sets who may make an account. */
  isSignUpOpen: boolean;
  workspaceImage: string;
  firstAdmin: { email: string; password: string } | undefined;
  github: OAuthClient | undefined;
  google: OAuthClient | undefined;
  /** Set, but their feature is not in this version: said once in the log. */
  unusedVariables: readonly string[];
}

const UNUSED = ['VOICE_PROVIDER', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
const PAIRS = [
  ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError that lists every problem at once. */
export function loadConfig(environment: Environment = process.env): ApiConfig {
  const values = readAll(environment);
  return {
    isDevelopment: values.ENVIRONMENT === 'development',
    port: values.PORT,
    host: values.HOST,
    trustedProxies: values.TRUSTED_PROXIES ?? parseTrustedProxies('').proxies,
    logLevel: values.LOG_LEVEL,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    frontendOrigin: values.FRONTEND_URL,
    apiHosts: values.API_HOSTS,
    metricsToken: values.METRICS_TOKEN,
    sessionSecret: values.JWT_SECRET_KEY,
    internalToken: values.INTERNAL_SERVICE_TOKEN,
    compute: { baseUrl: values.COMPUTE_SERVICE_URL, key: values.COMPUTE_INTERNAL_API_KEY },
    agent: { baseUrl: values.AGENT_SERVICE_URL },
    providers: {
      defaultProvider: values.LLM_PROVIDER ?? null,
      openrouterApiKey: values.OPENROUTER_API_KEY ?? null,
    },
    isSignUpOpen: values.SIGN_UP === 'open',
    workspaceImage: values.COMPUTE_WORKSPACE_IMAGE,
    firstAdmin: firstAdmin(values),
    github: oauthClient(values.GITHUB_CLIENT_ID, values.GITHUB_CLIENT_SECRET),
    google: oauthClient(values.GOOGLE_CLIENT_ID, values.GOOGLE_CLIENT_SECRET),
    unusedVariables: UNUSED.filter((name) => values[name] !== undefined),
  };
}

function readAll(environment: Environment): Values {
  const problems = PAIRS.flatMap(([first, second]) => halfPair(environment, first, second));
  let values: Values;
  try {
    values = readVariables('api', API_VARIABLES, environment, { ownPrefixes: OWN_PREFIXES, distinct: KEYS });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError('api', [...error.problems, ...problems]);
  }
  if (problems.length > 0) throw new ConfigError('api', problems);
  return values;
}

function halfPair(environment: Environment, first: string, second: string): string[] {
  const isSet = (name: string) => Boolean(environment[name] || environment[`${name}_FILE`]);
  if (isSet(first) === isSet(second)) return [];
  const [present, absent] = isSet(first) ? [first, second] : [second, first];
  return [`${absent}: is missing, and ${present} is of no use without it`];
}

function firstAdmin(values: Values): ApiConfig['firstAdmin'] {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values;
  return email === undefined || password === undefined ? undefined : { email, password };
}

function oauthClient(
  clientId: string | undefined,
  clientSecret: string | undefined,
): OAuthClient | undefined {
  return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
}
