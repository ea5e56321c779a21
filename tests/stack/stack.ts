import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeFolder } from '../remove-folder.ts';
import { freePort } from './free-port.ts';
import { type Person, signInPerson, signUpPerson } from './person.ts';
import { REPOSITORY, ServiceProcess } from './service-process.ts';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

export interface StackOptions {
  /** Unix socket of an engine to use as the machine’s own; none when left out: the test registers servers. */
  dockerSocket?: string;
  /** Base URL of an OpenAI-compatible endpoint, with `/v1`. */
  modelUrl?: string;
  /** Starts the page as well; it must be built. */
  web?: boolean;
  /** In the page’s address; 127.0.0.1 when left out. Passkeys need a name. */
  pageHost?: 'localhost';
  /** Where workspaces are kept on the server. */
  storage?: string;
  computeEnvironment?: Record<string, string>;
  /** Of previews below one origin; without it each has a host of its own. */
  previewPort?: number;
  apiEnvironment?: Record<string, string>;
  /** A module that compute loads before its own. */
  computePreload?: string;
  /** Address of this machine at which api answers as well, for other hosts of a testbed. */
  apiAddress?: string;
}

export interface Stack {
  apiUrl: string;
  webUrl: string;
  computeUrl: string;
  internalKeys: { compute: string; service: string };
  logDirectory: string;
  postgres: TestPostgres;
  api: ServiceProcess;
  agent: ServiceProcess;
  compute: ServiceProcess;
  web: ServiceProcess | undefined;
  admin: Person;
  signUp(): Promise<Person>;
  /** On the same machine, and for the same api, which sends no requests of people to it. Stopped with the stack. */
  startAnotherCompute(): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

const ADMIN = { email: 'admin@example.com', password: 'the-first-admin-of-the-tests' };

/** For tests that are about other things than limits. */
const WIDE_LIMITS = { max_workspaces_per_user: 1000, max_running_workspaces_per_user: 1000 };

/** All of Podex as real processes on free ports, with a database of its own. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const logDirectory = mkdtempSync(path.join(tmpdir(), 'podex-stack-'));
  const postgres = await startTestPostgres();
  const [apiPort, agentPort, computePort, webPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const urls = {
    api: `http://127.0.0.1:${apiPort}`,
    agent: `http://127.0.0.1:${agentPort}`,
    compute: `http://127.0.0.1:${computePort}`,
    web: `http://${options.pageHost ?? '127.0.0.1'}:${webPort}`,
  };
  const keys = { compute: randomBytes(24).toString('hex'), service: randomBytes(24).toString('hex') };
  const service = (
    name: string,
    port: number,
    environment: Record<string, string>,
    { preload, logName = name }: { preload?: string | undefined; logName?: string } = {},
  ) =>
    new ServiceProcess({
      name: logName,
      command: ['node', ...(preload ? ['--import', preload] : []), `services/${name}/src/main.ts`],
      environment: { PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'debug', ...environment },
      healthUrl: `http://127.0.0.1:${port}/health`,
      logDirectory,
    });
  const api = service('api', apiPort, {
    ENVIRONMENT: 'development',
    DATABASE_URL: postgres.url,
    JWT_SECRET_KEY: randomBytes(32).toString('hex'),
    SECRETS_KEY: randomBytes(32).toString('hex'),
    FRONTEND_URL: urls.web,
    COMPUTE_SERVICE_URL: urls.compute,
    COMPUTE_INTERNAL_API_KEY: keys.compute,
    AGENT_SERVICE_URL: urls.agent,
    INTERNAL_SERVICE_TOKEN: keys.service,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    SIGN_UP: 'open',
    ...previewVariables(options),
    ...options.apiEnvironment,
    ...(options.apiAddress === undefined ? {} : { HOST: '0.0.0.0', API_HOSTS: options.apiAddress }),
  });
  const computeVariables = computeEnvironment(options, urls.api, keys, logDirectory);
  const compute = service('compute', computePort, computeVariables, { preload: options.computePreload });
  const agent = service('agent', agentPort, {
    ENVIRONMENT: 'development',
    AGENT_API_BASE_URL: urls.api,
    AGENT_COMPUTE_SERVICE_URL: urls.compute,
    AGENT_INTERNAL_SERVICE_TOKEN: keys.service,
    ...(options.modelUrl === undefined
      ? {}
      : { OPENAI_BASE_URL: options.modelUrl, DEFAULT_MODEL: 'openai/test-model' }),
  });
  const web = options.web
    ? webProcess(webPort, { PODEX_API_PORT: String(apiPort), ...previewVariables(options) }, logDirectory)
    : undefined;
  const started = [web, agent, compute, api].filter((process) => process !== undefined);
  const stop = async () => {
    for (const process of started) await process.stop();
    await postgres.stop();
  };
  try {
    await api.start();
    await Promise.all([compute.start(), agent.start(), web?.start()]);
    const admin = await signInPerson(urls.api, urls.web, ADMIN.email, ADMIN.password);
    await admin.client.PATCH('/api/admin/settings', { body: WIDE_LIMITS });
    return {
      apiUrl: urls.api,
      webUrl: urls.web,
      computeUrl: urls.compute,
      internalKeys: keys,
      logDirectory,
      postgres,
      api,
      agent,
      compute,
      web,
      admin,
      signUp: () => signUpPerson(urls.api, urls.web),
      async startAnotherCompute() {
        const another = service('compute', await freePort(), computeVariables, { logName: 'compute-2' });
        started.unshift(another);
        await another.start();
        return another;
      },
      async stop() {
        await stop();
        removeFolder(logDirectory);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function computeEnvironment(
  options: StackOptions,
  apiUrl: string,
  keys: Stack['internalKeys'],
  directory: string,
): Record<string, string> {
  const runtimeDirectory = process.env.PODEX_TEST_RUNTIME_DIRECTORY ?? '/var/tmp/podex-test-runtime';
  mkdirSync(runtimeDirectory, { recursive: true });
  return {
    COMPUTE_ENVIRONMENT: 'development',
    COMPUTE_MODE: 'docker',
    COMPUTE_DOCKER_RUNTIME: 'runsc',
    COMPUTE_WARM_POOL_SIZE: '0',
    COMPUTE_API_BASE_URL: apiUrl,
    COMPUTE_INTERNAL_SERVICE_TOKEN: keys.service,
    COMPUTE_INTERNAL_API_KEY: keys.compute,
    COMPUTE_WORKSPACE_STORAGE: options.storage ?? path.join(directory, 'workspaces'),
    COMPUTE_RUNTIME_DIRECTORY: runtimeDirectory,
    COMPUTE_CERTIFICATES_DIRECTORY: path.join(directory, 'certificates'),
    COMPUTE_CA_KEY_SECRET: randomBytes(24).toString('hex'),
    ...(options.dockerSocket === undefined ? {} : { COMPUTE_LOCAL_DOCKER_SOCKET: options.dockerSocket }),
    ...options.computeEnvironment,
  };
}

/** The same on page and api. */
function previewVariables({ previewPort }: StackOptions): Record<string, string> {
  return previewPort === undefined ? {} : { PREVIEW_PORT: String(previewPort) };
}

function webProcess(port: number, environment: Record<string, string>, logDirectory: string): ServiceProcess {
  return new ServiceProcess({
    name: 'web',
    command: ['node', 'apps/web/.next/standalone/apps/web/server.js'],
    cwd: REPOSITORY,
    environment: {
      PORT: String(port),
      HOSTNAME: '127.0.0.1',
      NODE_ENV: 'production',
      FRONTEND_URL: `http://127.0.0.1:${port}`,
      ...environment,
    },
    healthUrl: `http://127.0.0.1:${port}/health`,
    logDirectory,
  });
}
