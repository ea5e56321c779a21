import type { KeyList } from '@podex/service-kit/key-list';
import { ConfigError, readVariables, type ValuesOf } from '@podex/service-kit/variables';
import { parseTrustedProxies, type TrustedProxies } from './network/client-address.ts';
import type { HostName } from './network/hosts.ts';
import type { MailAddress, MailServer } from './network/mail-server.ts';
import { previewDomainFault, previewPortFault } from './network/preview-domain.ts';
import { API_VARIABLES } from './variables.ts';

/** A variable with one of these beginnings that is not in the table is a misspelt one. */
const OWN_PREFIXES = [
  'API_HOST',
  'METRICS_',
  'JWT_',
  'STRIPE_',
  'VOICE_',
  'GITHUB_CLIENT_',
  'GOOGLE_CLIENT_',
  'OIDC_',
  'SIGN_UP',
  'SECRETS_',
  'ADMIN_',
  'TRUSTED_',
  'SMTP_',
  'MAIL_',
  'PREVIEW_',
];

const KEYS = [
  ['JWT_SECRET_KEY'],
  ['INTERNAL_SERVICE_TOKEN'],
  ['COMPUTE_INTERNAL_API_KEY'],
  ['METRICS_TOKEN'],
  ['SECRETS_KEY'],
] as const;

type Values = ValuesOf<typeof API_VARIABLES>;

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
}

/** How mail leaves: through a server, or into the log in development. */
export type MailConfig = { server: MailServer; from: MailAddress } | 'log';

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
  /** Below which previews have their hosts; undefined: this machine’s own, where the page is on it. */
  previewDomain: HostName | undefined;
  /** At which previews share one origin; undefined: each has a host of its own, or there are none. */
  previewPort: number | undefined;
  /** Undefined: nobody reads metrics. */
  metricsToken: string | undefined;
  sessionSecret: string;
  /** Of secrets; undefined: there are none. */
  secretsKeys: { current: string; previous: readonly string[] } | undefined;
  /** What api shows to agent. */
  internalToken: string;
  /** What api accepts from agent and compute, and shows to agent: the first, or the second to one that knows no other. */
  internalTokens: KeyList;
  compute: { baseUrl: string; keys: KeyList };
  agent: { baseUrl: string };
  providers: { defaultProvider: string | null; openrouterApiKey: string | null };
  /** Until an admin sets who may make an account. */
  isSignUpOpen: boolean;
  workspaceImage: string;
  firstAdmin: { email: string; password: string } | undefined;
  /** Undefined: no mail, and what needs it is not offered. */
  mail: MailConfig | undefined;
  github: (OAuthClient & { baseUrl: string }) | undefined;
  google: (OAuthClient & { issuer: string }) | undefined;
  oidc: (OAuthClient & { issuer: string; name: string }) | undefined;
  /** Set, but their feature is not in this version: said once in the log. */
  unusedVariables: readonly string[];
}

const UNUSED = ['VOICE_PROVIDER', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
const SETS = [
  ['ADMIN_EMAIL', 'ADMIN_PASSWORD'],
  ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
  ['SMTP_URL', 'MAIL_FROM'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET'],
] as const;
/** Each is of no use without the other. */
const REFINEMENTS = [
  ['GITHUB_URL', 'GITHUB_CLIENT_ID'],
  ['OIDC_NAME', 'OIDC_ISSUER'],
  ['SECRETS_KEY_PREVIOUS', 'SECRETS_KEY'],
] as const;
const GITHUB_URL = 'https://github.com';
const GOOGLE_ISSUER = 'https://accounts.google.com';
const OIDC_NAME = 'Single sign-on';

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError that lists every problem at once. */
export function loadConfig(environment: Environment = process.env): ApiConfig {
  const values = readAll(environment);
  const github = oauthClient(values.GITHUB_CLIENT_ID, values.GITHUB_CLIENT_SECRET);
  const google = oauthClient(values.GOOGLE_CLIENT_ID, values.GOOGLE_CLIENT_SECRET);
  const oidc = oauthClient(values.OIDC_CLIENT_ID, values.OIDC_CLIENT_SECRET);
  const { OIDC_ISSUER: issuer } = values;
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
    previewDomain: values.PREVIEW_DOMAIN,
    previewPort: values.PREVIEW_PORT,
    metricsToken: values.METRICS_TOKEN,
    sessionSecret: values.JWT_SECRET_KEY,
    secretsKeys: secretsKeys(values),
    internalToken: values.INTERNAL_SERVICE_TOKEN[0],
    internalTokens: values.INTERNAL_SERVICE_TOKEN,
    compute: { baseUrl: values.COMPUTE_SERVICE_URL, keys: values.COMPUTE_INTERNAL_API_KEY },
    agent: { baseUrl: values.AGENT_SERVICE_URL },
    providers: {
      defaultProvider: values.LLM_PROVIDER ?? null,
      openrouterApiKey: values.OPENROUTER_API_KEY ?? null,
    },
    isSignUpOpen: values.SIGN_UP === 'open',
    workspaceImage: values.COMPUTE_WORKSPACE_IMAGE,
    firstAdmin: firstAdmin(values),
    mail: mailConfig(values),
    github: github && { ...github, baseUrl: values.GITHUB_URL ?? GITHUB_URL },
    google: google && { ...google, issuer: GOOGLE_ISSUER },
    oidc: oidc && issuer ? { ...oidc, issuer, name: values.OIDC_NAME ?? OIDC_NAME } : undefined,
    unusedVariables: UNUSED.filter((name) => values[name] !== undefined),
  };
}

function readAll(environment: Environment): Values {
  const isSet = (name: string) => Boolean(environment[name] || environment[`${name}_FILE`]);
  const problems = [
    ...SETS.flatMap((names) => missingOf(names, isSet)),
    ...REFINEMENTS.flatMap(([name, needed]) => (isSet(name) ? missingOf([name, needed], isSet) : [])),
  ];
  let values: Values;
  try {
    values = readVariables('api', API_VARIABLES, environment, { ownPrefixes: OWN_PREFIXES, distinct: KEYS });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError('api', [...error.problems, ...problems]);
  }
  problems.push(...previewFaults(values));
  if (problems.length > 0) throw new ConfigError('api', problems);
  return values;
}

function previewFaults({
  PREVIEW_DOMAIN: domain,
  PREVIEW_PORT: port,
  FRONTEND_URL: frontendOrigin,
  API_HOSTS: apiHosts,
  PORT: apiPort,
}: Values): string[] {
  const ofDomain = domain && previewDomainFault(domain.hostname, { frontendOrigin, apiHosts });
  const hasDomain = domain !== undefined;
  const ofPort = port && previewPortFault(port, { frontendOrigin, apiHosts, apiPort, hasDomain });
  return [
    ...(ofDomain ? [`PREVIEW_DOMAIN: ${ofDomain}`] : []),
    ...(ofPort ? [`PREVIEW_PORT: ${ofPort}`] : []),
  ];
}

function missingOf(names: readonly string[], isSet: (name: string) => boolean): string[] {
  const present = names.filter(isSet);
  if (present.length === 0) return [];
  return names
    .filter((name) => !isSet(name))
    .map((name) => `${name}: is missing, and ${present.join(' and ')} is of no use without it`);
}

function secretsKeys({
  SECRETS_KEY: current,
  SECRETS_KEY_PREVIOUS: previous,
}: Values): ApiConfig['secretsKeys'] {
  return current === undefined ? undefined : { current, previous };
}

function firstAdmin(values: Values): ApiConfig['firstAdmin'] {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values;
  return email === undefined || password === undefined ? undefined : { email, password };
}

function mailConfig({ ENVIRONMENT, SMTP_URL: server, MAIL_FROM: from }: Values): ApiConfig['mail'] {
  if (server !== undefined && from !== undefined) return { server, from };
  return ENVIRONMENT === 'development' ? 'log' : undefined;
}

function oauthClient(
  clientId: string | undefined,
  clientSecret: string | undefined,
): OAuthClient | undefined {
  return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret };
}
