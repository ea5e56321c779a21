import path from 'node:path';
import type { Variables } from '@podex/service-kit/variables';
import { AGENT_VARIABLES } from '../../../../services/agent/src/config.ts';
import { API_VARIABLES } from '../../../../services/api/src/variables.ts';
import { COMPUTE_VARIABLES } from '../../../../services/compute/src/config.ts';
import { CHECKOUT } from '../config.ts';
import { pageServerFile } from '../page/build-page.ts';
import { WEB_VARIABLES } from '../page/web-variables.ts';
import { codeCacheDirectory, type PodexHome } from '../state/podex-home.ts';
import type { ProcessUser } from '../supervisor/process-user.ts';
import type { ProcessDefinition } from '../supervisor/supervised-process.ts';
import { ownAddress, type PlatformFacts, type ServiceName, serviceSettings } from './service-settings.ts';
import { readSecretFiles, serviceEnvironment } from './service-variables.ts';

/** What each service reads. */
export const VARIABLES_BY_SERVICE: Record<ServiceName, Variables> = {
  api: API_VARIABLES,
  compute: COMPUTE_VARIABLES,
  agent: AGENT_VARIABLES,
  web: WEB_VARIABLES,
};

export type ProcessName = ServiceName | 'demo-model';

/** All of them one after the other, and the database after them, take less than ten seconds. */
const STOP_GRACE_MS: Record<ProcessName, number> = {
  web: 1_000,
  agent: 1_500,
  compute: 1_500,
  api: 1_500,
  'demo-model': 500,
};

export function logFile(home: PodexHome, name: string): string {
  return path.join(home.logsDirectory, `${name}.log`);
}

/** What Node runs as that process. */
export function programFile(name: ProcessName): string {
  switch (name) {
    case 'web':
      return pageServerFile(CHECKOUT);
    case 'demo-model':
      return path.join(CHECKOUT, 'apps/demo-model/src/main.ts');
    default:
      return path.join(CHECKOUT, 'services', name, 'src/main.ts');
  }
}

/** The service as a process of this machine. */
export function serviceProcess(
  name: ServiceName,
  facts: PlatformFacts,
  user: ProcessUser | undefined,
): ProcessDefinition {
  const table = VARIABLES_BY_SERVICE[name];
  const environment = serviceEnvironment(table, facts.operator, serviceSettings(facts)[name]);
  return {
    name,
    user,
    program: process.execPath,
    arguments: [programFile(name)],
    directory: CHECKOUT,
    environment: {
      PATH: childPath(facts.operator.PATH),
      NODE_COMPILE_CACHE: codeCacheDirectory(facts.home, name),
      ...(user ? { ...readSecretFiles(table, environment), HOME: user.home, USER: user.name } : environment),
    },
    logFile: logFile(facts.home, name),
    healthUrl: `http://${ownAddress(name, facts.host)}:${facts.ports[name]}/health`,
    healthToken: environment.METRICS_TOKEN,
    stopGraceMs: STOP_GRACE_MS[name],
  };
}

/** The scripted model as a process of this machine. */
export function demoModelProcess(
  home: PodexHome,
  port: number,
  { operator, user }: { operator: Readonly<Record<string, string>>; user: ProcessUser | undefined },
): ProcessDefinition {
  return {
    name: 'demo-model',
    user,
    program: process.execPath,
    arguments: [programFile('demo-model'), '--port', String(port)],
    directory: CHECKOUT,
    environment: { PATH: childPath(operator.PATH) },
    logFile: logFile(home, 'demo-model'),
    healthUrl: `http://127.0.0.1:${port}/v1/models`,
    stopGraceMs: STOP_GRACE_MS['demo-model'],
  };
}

/** The Node that runs this goes first, so that what a service starts runs in the same. */
export function childPath(inherited: string | undefined): string {
  return [path.dirname(process.execPath), inherited ?? '/usr/local/bin:/usr/bin:/bin'].join(':');
}
