import { imageReference } from '@podex/contracts/images';
import { idleTimeoutSeconds } from '@podex/contracts/workspaces';
import { type KeyList, keyListVariable } from '@podex/service-kit/key-list';
import { readVariables, variable } from '@podex/service-kit/variables';
import { z } from 'zod';

const secret = z.string().min(32, 'must have at least 32 characters');
const origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL like http://api:3001' })
  .transform((value) => new URL(value).origin);
const absolutePath = z
  .string()
  .regex(/^\/[^\0:]*[^\0:/]$/, 'must be an absolute path without a colon, and not /');

/** Every variable of compute. `.env.example` and `podex doctor` are made from this table. */
export const COMPUTE_VARIABLES = {
  COMPUTE_ENVIRONMENT: variable(
    z.enum(['production', 'development']).default('production'),
    'production or development; stands in every log line',
    { example: 'production' },
  ),
  PORT: variable(
    z.coerce.number().int().min(0).max(65_535).default(3003),
    'port to listen on; 3003 when left out',
    { example: '3003' },
  ),
  HOST: variable(z.string().min(1).optional(), 'interface to listen on; all of them when left out', {
    example: '127.0.0.1',
  }),
  LOG_LEVEL: variable(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    'fatal, error, warn, info, debug or trace; info when left out',
    { example: 'info' },
  ),
  COMPUTE_MODE: variable(
    z.literal('docker', 'must be docker: workspaces are Docker containers').default('docker'),
    'how workspaces run; docker is the only way',
    { example: 'docker' },
  ),
  COMPUTE_DOCKER_RUNTIME: variable(
    z
      .string()
      .regex(/^runsc(-[a-z0-9-]+)?$/, 'must be runsc, or another registration of it like runsc-debug')
      .default('runsc'),
    'name under which the engines have gVisor registered; nothing but gVisor is accepted',
    { example: 'runsc' },
  ),
  COMPUTE_WARM_POOL_SIZE: variable(
    z.coerce.number().int().min(0).max(1000).default(0),
    'started containers that wait for an owner, so that a new workspace is there at once; 0 when left out, 1 by podex up where there is memory for it; a setting stands above it',
    { example: '5' },
  ),
  COMPUTE_MAX_WORKSPACES: variable(
    z.coerce.number().int().min(1).max(100_000).default(50),
    'how many workspaces may run at once, over all servers; 50 when left out',
    { example: '50' },
  ),
  COMPUTE_WORKSPACE_TIMEOUT: variable(
    z.coerce.number().pipe(idleTimeoutSeconds).default(7200),
    'seconds without use after which a workspace is stopped; 0 is never, 7200 when left out; a setting goes before it',
    { example: '7200' },
  ),
  COMPUTE_WORKSPACE_IMAGE: variable(
    imageReference.default('podex/workspace:latest'),
    'image of workspaces that name none; compute’s own short-lived containers use it too',
    { example: 'podex/workspace:latest' },
  ),
  COMPUTE_WORKSPACE_STORAGE: variable(
    absolutePath.default('/mnt/data/workspaces'),
    'folder on every workspace server that holds the workspaces’ files',
    { example: '/mnt/data/workspaces' },
  ),
  COMPUTE_REDIS_URL: variable(
    z.url({ protocol: /^rediss?$/, error: 'must be a URL like redis://redis:6379' }).optional(),
    'accepted, not used by this version: compute waits for its work at api',
    { secret: true, example: 'redis://redis:6379' },
  ),
  COMPUTE_INTERNAL_API_KEY: variable(
    keyListVariable,
    'what api signs its capabilities for compute with; the same on both; new,old while it is changed',
    {
      secret: true,
    },
  ),
  COMPUTE_API_BASE_URL: variable(origin, 'where api listens', { example: 'http://api:3001' }),
  COMPUTE_INTERNAL_SERVICE_TOKEN: variable(
    keyListVariable,
    'what compute shows to api: its INTERNAL_SERVICE_TOKEN; new,old while it is changed',
    { secret: true },
  ),
  METRICS_TOKEN: variable(
    secret.optional(),
    'bearer token for /metrics and the detail of health; left out: there is no /metrics',
    { secret: true },
  ),
  COMPUTE_LOCAL_DOCKER_SOCKET: variable(
    absolutePath.optional(),
    'socket of a Docker engine beside compute, which becomes the server `local`; left out: there is none',
    { example: '/var/run/docker.sock' },
  ),
  COMPUTE_RUNTIME_DIRECTORY: variable(
    absolutePath.default('/var/cache/podex/runtime'),
    'folder of compute for the built runtime (Node and the daemon), rebuilt when it is lost',
    { example: '/var/cache/podex/runtime' },
  ),
  COMPUTE_CERTIFICATES_DIRECTORY: variable(
    absolutePath.default('/var/lib/podex/certificates'),
    'folder of compute for its certificate authority and what it shows to servers that joined; shared by replicas of compute',
    { example: '/var/lib/podex/certificates' },
  ),
  COMPUTE_CA_KEY_SECRET: variable(
    keyListVariable.optional(),
    'what the key of the certificate authority is encrypted with; new,old while it is changed; left out: no server can join by itself',
    { secret: true },
  ),
  COMPUTE_CGROUP_PARENT: variable(
    z.string().min(1).optional(),
    'cgroup below which an engine puts workspace containers; the engine’s own choice when left out',
    { example: 'podex.slice' },
  ),
  COMPUTE_DNS_SERVERS: variable(
    z
      .string()
      .transform((value) => value.split(',').map((part) => part.trim()))
      .pipe(z.array(z.union([z.ipv4(), z.ipv6()], 'must be IP addresses with commas between them')).max(3))
      .optional(),
    'name servers of workspaces, with commas between them; those of the server when left out',
    { example: '1.1.1.1,9.9.9.9' },
  ),
};

export interface ComputeConfig {
  environment: string;
  port: number;
  host: string | undefined;
  logLevel: string;
  internalKeys: KeyList;
  /** Undefined: nobody reads metrics. */
  metricsToken: string | undefined;
  api: { baseUrl: string; tokens: KeyList };
  maxWorkspaces: number;
  /** 0: never. */
  workspaceTimeoutSeconds: number;
  /** Slots of the warm pool, while no setting says otherwise. */
  poolSize: number;
  localDockerSocket: string | undefined;
  runtimeDirectory: string;
  /** Of servers that join by themselves; without secrets, none can. */
  certificates: { directory: string; secrets: KeyList | undefined };
  containers: ContainerSettings;
  /** Set, but not used by this version: each is said once in the log. */
  unusedVariables: readonly string[];
}

/** What all containers of this compute have in common. */
export interface ContainerSettings {
  /** Name of gVisor at the engines. */
  runtime: string;
  defaultImage: string;
  /** Folder on the servers. */
  storage: string;
  cgroupParent: string | undefined;
  dnsServers: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError that lists every problem at once. */
export function loadConfig(environment: Environment = process.env): ComputeConfig {
  const values = readVariables('compute', COMPUTE_VARIABLES, environment, {
    ownPrefixes: ['COMPUTE_', 'METRICS_'],
    distinct: [
      ['COMPUTE_INTERNAL_SERVICE_TOKEN'],
      ['COMPUTE_INTERNAL_API_KEY'],
      ['METRICS_TOKEN'],
      ['COMPUTE_CA_KEY_SECRET'],
    ],
  });
  return {
    environment: values.COMPUTE_ENVIRONMENT,
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    internalKeys: values.COMPUTE_INTERNAL_API_KEY,
    metricsToken: values.METRICS_TOKEN,
    api: { baseUrl: values.COMPUTE_API_BASE_URL, tokens: values.COMPUTE_INTERNAL_SERVICE_TOKEN },
    maxWorkspaces: values.COMPUTE_MAX_WORKSPACES,
    workspaceTimeoutSeconds: values.COMPUTE_WORKSPACE_TIMEOUT,
    poolSize: values.COMPUTE_WARM_POOL_SIZE,
    localDockerSocket: values.COMPUTE_LOCAL_DOCKER_SOCKET,
    runtimeDirectory: values.COMPUTE_RUNTIME_DIRECTORY,
    certificates: {
      directory: values.COMPUTE_CERTIFICATES_DIRECTORY,
      secrets: values.COMPUTE_CA_KEY_SECRET,
    },
    containers: {
      runtime: values.COMPUTE_DOCKER_RUNTIME,
      defaultImage: values.COMPUTE_WORKSPACE_IMAGE,
      storage: values.COMPUTE_WORKSPACE_STORAGE,
      cgroupParent: values.COMPUTE_CGROUP_PARENT,
      dnsServers: values.COMPUTE_DNS_SERVERS,
    },
    unusedVariables: unused(environment),
  };
}

function unused(environment: Environment): string[] {
  const isSet = (name: string) => Boolean(environment[name]);
  return [
    ...(isSet('COMPUTE_REDIS_URL') ? ['COMPUTE_REDIS_URL: compute needs no Redis in this version'] : []),
  ];
}
