import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { readVariables, variable } from '@podex/service-kit/variables';
import { z } from 'zod';
import { CliError, EXIT, errorCode } from './cli-error.ts';
import { defaultHomeDirectory, type PodexHome, podexHome } from './state/podex-home.ts';

/** The checkout that this program belongs to. */
export const CHECKOUT = path.resolve(import.meta.dirname, '../../..');

const isPort = 'must be a port between 1 and 65535';
const port = (standard: number) =>
  z.coerce.number(isPort).int(isPort).min(1, isPort).max(65_535, isPort).default(standard);
const text = z.string().optional();

/** Every variable of the command itself. Those of the services stand in the services' own tables. */
export const CLI_VARIABLES = {
  PODEX_HOME: variable(
    text,
    'folder of all state; /var/lib/podex for root, ~/.podex for others when left out',
    {
      example: '/var/lib/podex',
    },
  ),
  PODEX_HOST: variable(
    z.string().default('127.0.0.1'),
    'address that page and api listen on; 127.0.0.1 when left out, 0.0.0.0 opens them to the network',
    { example: '127.0.0.1' },
  ),
  PODEX_WEB_PORT: variable(port(3000), 'port of the page; 3000 when left out', { example: '3000' }),
  PODEX_API_PORT: variable(port(3001), 'port of api; 3001 when left out', { example: '3001' }),
  PODEX_AGENT_PORT: variable(port(3002), 'port of agent; 3002 when left out', { example: '3002' }),
  PODEX_COMPUTE_PORT: variable(port(3003), 'port of compute; 3003 when left out', { example: '3003' }),
  PODEX_CACHE: variable(text, 'folder for built workspace images; /var/cache/podex for tests when left out', {
    example: '/var/cache/podex',
  }),
  PODEX_SERVICE_USER: variable(
    text,
    'where root runs podex up: one user for api, agent and web in place of one each, or root for no separation at all',
    { example: 'podex' },
  ),
  PODEX_URL: variable(
    z.url({ protocol: /^https?$/, error: 'must be a URL like https://podex.example.com' }).optional(),
    'the Podex that commands such as podex tokens talk to; that of podex login, else this machine’s, when left out',
    { example: 'https://podex.example.com' },
  ),
  PODEX_TOKEN: variable(text, 'bearer token for PODEX_URL; that of podex login when left out', {
    secret: true,
  }),
  PODEX_DEBUG: variable(text, '1: an error shows where in the program it comes from', { example: '1' }),
  DOCKER_HOST: variable(text, 'engine of this machine as unix:///path; found or installed when left out', {
    example: 'unix:///var/run/docker.sock',
  }),
};

/** Read by scripts that this program calls. */
const SCRIPT_VARIABLES = [
  'PODEX_INSTALL_LOG',
  'PODEX_APT_LOCK_WAIT_S',
  'PODEX_GVISOR_APT_URL',
  'PODEX_GVISOR_KEY_URL',
];

export interface ServicePorts {
  web: number;
  api: number;
  agent: number;
  compute: number;
}

/** What the operator set, and where. */
export interface OperatorVariables {
  /** The environment, then `podex.env` of the home, then `.env` of the checkout: the first that has a name wins. */
  values: Readonly<Record<string, string>>;
  /** The file that each name in a file was read from. */
  files: Readonly<Record<string, string>>;
}

export interface CliConfig {
  home: PodexHome;
  host: string;
  ports: ServicePorts;
  dockerHost: string | undefined;
  cacheDirectory: string | undefined;
  /** In place of a user for each service. */
  serviceUser: string | undefined;
  isDebugging: boolean;
  /** The Podex to talk to, where it is not this machine’s or that of the login. */
  remote: { url: string | undefined; token: string | undefined };
  /** What `podex login` stores. */
  loginFile: string;
  operator: OperatorVariables;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws CliError that lists every wrong variable of the command, or a settings file that cannot be read. */
export function loadCliConfig(environment: Environment = process.env, checkout = CHECKOUT): CliConfig {
  const checkoutFile = path.join(checkout, '.env');
  const checkoutValues = readSettingsFile(checkoutFile);
  const directory =
    environment.PODEX_HOME ||
    checkoutValues.PODEX_HOME ||
    defaultHomeDirectory({ uid: process.getuid?.() ?? 0, homeDirectory: homedir() });
  const home = podexHome(path.resolve(directory));
  const operator = mergeOperatorVariables(environment, [
    { file: home.settingsFile, values: readSettingsFile(home.settingsFile) },
    { file: checkoutFile, values: checkoutValues },
  ]);
  const settings = environment.XDG_CONFIG_HOME || path.join(homedir(), '.config');
  const loginFile = path.join(settings, 'podex', 'credentials.json');
  return { home, operator, loginFile, ...readOwnVariables(operator.values) };
}

function readOwnVariables(values: Environment): Omit<CliConfig, 'home' | 'operator' | 'loginFile'> {
  const known = Object.fromEntries(
    Object.entries(values).filter(
      ([name]) => !SCRIPT_VARIABLES.includes(name) && !name.startsWith('PODEX_TEST_'),
    ),
  );
  const own = readVariables('podex', CLI_VARIABLES, known, { ownPrefixes: ['PODEX_'] });
  return {
    host: own.PODEX_HOST,
    ports: {
      web: own.PODEX_WEB_PORT,
      api: own.PODEX_API_PORT,
      agent: own.PODEX_AGENT_PORT,
      compute: own.PODEX_COMPUTE_PORT,
    },
    dockerHost: own.DOCKER_HOST,
    cacheDirectory: own.PODEX_CACHE,
    serviceUser: own.PODEX_SERVICE_USER,
    remote: { url: own.PODEX_URL, token: own.PODEX_TOKEN },
    isDebugging: own.PODEX_DEBUG === '1',
  };
}

/** An empty value counts as left out, so that a line `NAME=` in a file hides nothing. */
export function mergeOperatorVariables(
  environment: Environment,
  files: readonly { file: string; values: Environment }[],
): OperatorVariables {
  const values: Record<string, string> = {};
  const origin: Record<string, string> = {};
  const take = (name: string, value: string | undefined) => {
    if (value === undefined || value === '' || name in values) return false;
    values[name] = value;
    return true;
  };
  for (const [name, value] of Object.entries(environment)) take(name, value);
  for (const { file, values: ofFile } of files) {
    for (const [name, value] of Object.entries(ofFile)) {
      if (take(name, value)) origin[name] = file;
    }
  }
  return { values, files: origin };
}

function readSettingsFile(file: string): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      exitCode: EXIT.configuration,
      cause: error,
    });
  }
}
