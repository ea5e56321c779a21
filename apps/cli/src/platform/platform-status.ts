import type { Health } from '@podex/contracts/health';
import type { CliConfig } from '../config.ts';
import { type DetectedEngine, describeEngine, detectEngine } from '../engine/detect-engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { userNameOf } from '../machine/system-user.ts';
import { PostgresCluster } from '../postgres/postgres-cluster.ts';
import { isSameProcess, readProcFile } from '../state/process-identity.ts';
import {
  findSupervisor,
  type ProcessRecord,
  readProcessRecords,
  type SupervisorRecord,
} from '../state/run-records.ts';
import { readSecrets } from '../state/secrets.ts';
import { askHealth } from '../supervisor/health-check.ts';
import { ownAddress, SERVICE_NAMES, type ServiceName } from './service-settings.ts';

interface ServiceStatus {
  name: ServiceName;
  state: 'healthy' | 'unhealthy' | 'not running';
  /** What is wrong, in one line. */
  problem: string | undefined;
  pid: number | undefined;
  /** Whom it runs as; undefined when it does not run. */
  user: string | undefined;
  port: number;
  restarts: number;
  health: Health | undefined;
}

export interface PlatformStatus {
  supervisor: SupervisorRecord | undefined;
  services: ServiceStatus[];
  /** `undefined`: the operator's own database is used. */
  isDatabaseRunning: boolean | undefined;
  engine: DetectedEngine | undefined;
}

/** What is true now: asked of the processes and the services themselves, not read from what was meant. */
export async function readPlatformStatus(config: CliConfig): Promise<PlatformStatus> {
  const supervisor = await findSupervisor(config.home);
  const records = await readProcessRecords(config.home);
  const ports = supervisor?.ports ?? config.ports;
  const host = supervisor?.host ?? config.host;
  const isExternal = supervisor
    ? supervisor.database === 'external'
    : Boolean(config.operator.values.DATABASE_URL);
  const token =
    config.operator.values.METRICS_TOKEN ?? (await readSecrets(config.home.secretsFile))?.metrics_token;
  const [services, engine, isDatabaseRunning] = await Promise.all([
    Promise.all(
      SERVICE_NAMES.map((name) =>
        readServiceStatus(
          name,
          { port: ports[name], address: ownAddress(name, host), token },
          records.find((record) => record.name === name),
        ),
      ),
    ),
    findEngine(config, supervisor?.engine_socket ?? undefined),
    isExternal ? undefined : PostgresCluster.isRunningIn(config.home),
  ]);
  return { supervisor, services, engine, isDatabaseRunning };
}

/** The engine that a running Podex uses, else the one that a start would find. */
async function findEngine(
  { home, dockerHost }: CliConfig,
  socketPath: string | undefined,
): Promise<DetectedEngine | undefined> {
  const options = { podexHome: home.directory };
  try {
    if (socketPath !== undefined) return await describeEngine(socketPath, options);
    return await detectEngine({ ...options, dockerHost });
  } catch (error) {
    // One that this user may not use, or a DOCKER_HOST that is none: podex doctor says which.
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

async function readServiceStatus(
  name: ServiceName,
  { port, address, token }: { port: number; address: string; token: string | undefined },
  record: ProcessRecord | undefined,
): Promise<ServiceStatus> {
  const base = { name, port, pid: record?.pid, restarts: record?.restarts ?? 0 };
  if (!record || !(await isSameProcess(record))) {
    return {
      ...base,
      pid: undefined,
      user: undefined,
      state: 'not running',
      problem: undefined,
      health: undefined,
    };
  }
  const user = await userOfProcess(record.pid);
  const answer = await askHealth(`http://${address}:${port}/health`, { token });
  if (answer.kind === 'healthy')
    return { ...base, user, state: 'healthy', problem: undefined, health: answer.health };
  return {
    ...base,
    user,
    state: 'unhealthy',
    problem: answer.problem,
    health: answer.kind === 'unhealthy' ? answer.health : undefined,
  };
}

/** Asked of the process itself; undefined when it has ended meanwhile. */
async function userOfProcess(pid: number): Promise<string | undefined> {
  const uid = /^Uid:\t(\d+)/m.exec((await readProcFile(`/proc/${pid}/status`)) ?? '')?.[1];
  return uid === undefined ? undefined : userNameOf(Number(uid));
}

/** Whether all that should run does, and is well. */
export function isWell({ supervisor, services, isDatabaseRunning }: PlatformStatus): boolean {
  return (
    supervisor?.phase === 'running' &&
    isDatabaseRunning !== false &&
    services.every(({ state }) => state === 'healthy')
  );
}
