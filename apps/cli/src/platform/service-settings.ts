import path from 'node:path';
import type { ServicePorts } from '../config.ts';
import type { PodexHome } from '../state/podex-home.ts';
import type { Secrets } from '../state/secrets.ts';
import type { ServiceSettings } from './service-variables.ts';
import { defaultPoolSize } from './warm-pool.ts';

export const SERVICE_NAMES = ['api', 'compute', 'agent', 'web'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface PlatformFacts {
  home: PodexHome;
  host: string;
  ports: ServicePorts;
  secrets: Secrets;
  /** Of the embedded database; undefined where the operator set DATABASE_URL. */
  databaseUrl: string | undefined;
  engineSocket: string;
  workspaceImage: string;
  /** Of this machine. */
  memoryMb: number;
  /** Base URL of the scripted model, with `/v1`; undefined without one. */
  demoModelUrl: string | undefined;
  /** What the operator set. */
  operator: Readonly<Record<string, string>>;
}

/** The model of the scripted demo. */
const DEMO_MODEL = 'openai/podex-demo';
const LOOPBACK = '127.0.0.1';

/** What `podex up` tells each service. Services reach each other over the loopback address wherever they listen there. */
export function serviceSettings(facts: PlatformFacts): Record<ServiceName, ServiceSettings> {
  const { ports, host } = facts;
  const url = (service: ServiceName) => `http://${ownAddress(service, host)}:${ports[service]}`;
  const keys = sharedKeys(facts.operator, facts.secrets);
  const metrics = metricsToken(facts.secrets);
  return {
    api: {
      fixed: {
        PORT: String(ports.api),
        HOST: listenAddress('api', host),
        COMPUTE_SERVICE_URL: url('compute'),
        AGENT_SERVICE_URL: url('agent'),
      },
      defaults: {
        ENVIRONMENT: isLoopback(host) ? 'development' : 'production',
        FRONTEND_URL: pageUrl(facts),
        ...(facts.databaseUrl === undefined ? {} : { DATABASE_URL: facts.databaseUrl }),
        JWT_SECRET_KEY: facts.secrets.jwt_secret_key,
        ...keysOfSecrets(facts),
        INTERNAL_SERVICE_TOKEN: keys.service,
        COMPUTE_INTERNAL_API_KEY: keys.compute,
        ...metrics,
        ADMIN_EMAIL: facts.secrets.admin_email,
        ADMIN_PASSWORD: facts.secrets.admin_password,
        COMPUTE_WORKSPACE_IMAGE: facts.workspaceImage,
      },
    },
    compute: {
      fixed: {
        PORT: String(ports.compute),
        HOST: listenAddress('compute', host),
        COMPUTE_LOCAL_DOCKER_SOCKET: facts.engineSocket,
        COMPUTE_API_BASE_URL: url('api'),
      },
      defaults: {
        COMPUTE_ENVIRONMENT: 'production',
        COMPUTE_MODE: 'docker',
        COMPUTE_DOCKER_RUNTIME: 'runsc',
        COMPUTE_WORKSPACE_IMAGE: facts.workspaceImage,
        COMPUTE_WARM_POOL_SIZE: String(defaultPoolSize(facts.memoryMb)),
        COMPUTE_WORKSPACE_STORAGE: facts.home.workspacesDirectory,
        COMPUTE_RUNTIME_DIRECTORY: path.join(facts.home.computeDirectory, 'runtime'),
        COMPUTE_CERTIFICATES_DIRECTORY: facts.home.certificatesDirectory,
        COMPUTE_CA_KEY_SECRET: facts.secrets.compute_ca_key_secret,
        COMPUTE_INTERNAL_API_KEY: keys.compute,
        COMPUTE_INTERNAL_SERVICE_TOKEN: keys.service,
        ...metrics,
      },
    },
    agent: {
      fixed: {
        PORT: String(ports.agent),
        HOST: listenAddress('agent', host),
        AGENT_API_BASE_URL: url('api'),
        AGENT_COMPUTE_SERVICE_URL: url('compute'),
        ...demoModel(facts),
      },
      defaults: {
        ENVIRONMENT: 'production',
        AGENT_INTERNAL_SERVICE_TOKEN: keys.service,
        ...metrics,
      },
    },
    web: {
      fixed: {
        PORT: String(ports.web),
        HOSTNAME: listenAddress('web', host),
        NODE_ENV: 'production',
        FRONTEND_URL: pageUrl(facts),
        PODEX_API_PORT: String(ports.api),
      },
      defaults: {},
    },
  };
}

/** Where people open the page. */
export function pageUrl({
  host,
  ports,
  operator,
}: Pick<PlatformFacts, 'host' | 'ports' | 'operator'>): string {
  if (operator.FRONTEND_URL) return operator.FRONTEND_URL.replace(/\/+$/, '');
  const isName = !isLoopback(host) && !isWildcard(host);
  return `http://${isName ? host : 'localhost'}:${ports.web}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Where a service listens: only page and api are ever opened to others. */
export function listenAddress(name: ServiceName, host: string): string {
  return name === 'api' || name === 'web' ? host : LOOPBACK;
}

/** Where this machine reaches a service: page and api may listen on one address alone. */
export function ownAddress(name: ServiceName, host: string): string {
  const address = listenAddress(name, host);
  if (isLoopback(address) || isWildcard(address)) return LOOPBACK;
  return address.includes(':') ? `[${address}]` : address;
}

/** Keys that two services must agree on: the operator's for one of them goes for the other as well. */
export function sharedKeys(
  operator: Readonly<Record<string, string>>,
  secrets: Pick<Secrets, 'internal_service_token' | 'compute_internal_api_key'>,
): { service: string; compute: string } {
  return {
    service:
      operator.INTERNAL_SERVICE_TOKEN ??
      operator.COMPUTE_INTERNAL_SERVICE_TOKEN ??
      operator.AGENT_INTERNAL_SERVICE_TOKEN ??
      secrets.internal_service_token,
    compute: operator.COMPUTE_INTERNAL_API_KEY ?? secrets.compute_internal_api_key,
  };
}

/** Where the operator sets a key, ours still opens what it encrypted before. */
function keysOfSecrets({ operator, secrets }: PlatformFacts): Record<string, string> {
  const isOperators = Boolean(operator.SECRETS_KEY || operator.SECRETS_KEY_FILE);
  const { secrets_key: own, secrets_key_previous: older } = secrets;
  const previous = [...(isOperators ? [own] : []), ...(older === undefined ? [] : [older])];
  return {
    SECRETS_KEY: own,
    ...(previous.length === 0 ? {} : { SECRETS_KEY_PREVIOUS: previous.join(',') }),
  };
}

function metricsToken({ metrics_token: token }: Secrets): Record<string, string> {
  return token === undefined ? {} : { METRICS_TOKEN: token };
}

function demoModel({ demoModelUrl }: PlatformFacts): Record<string, string> {
  if (demoModelUrl === undefined) return {};
  return {
    OPENAI_BASE_URL: demoModelUrl,
    OPENAI_API_KEY: 'the-demo-model-needs-none',
    DEFAULT_MODEL: DEMO_MODEL,
    LLM_PROVIDER: 'openai',
    AGENT_DEMO_MODEL: 'true',
  };
}
