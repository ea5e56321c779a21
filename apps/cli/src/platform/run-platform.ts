import { CliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import type { Progress } from '../progress/progress.ts';
import { tryLock } from '../state/instance-lock.ts';
import { openPodexHome } from '../state/podex-home.ts';
import { identifyProcess } from '../state/process-identity.ts';
import {
  findSupervisor,
  removeSupervisorRecord,
  type SupervisorRecord,
  writeSupervisorRecord,
} from '../state/run-records.ts';
import { type FirstAdmin, keepFirstAdmin } from './first-admin.ts';
import { pageUrl } from './service-settings.ts';
import { type StartedPlatform, startPlatform } from './start-platform.ts';
import { aborted, stopSupervisor } from './stop-supervisor.ts';

export interface RunOptions {
  config: CliConfig;
  demoModel: boolean;
  progress: Progress;
  onEvent: (line: string) => void;
  onReady: (ready: PlatformReady) => void;
}

export interface PlatformReady {
  record: SupervisorRecord;
  /** What the first start made; undefined at later ones. */
  firstAdmin: FirstAdmin | undefined;
  demoModel: boolean;
}

export type RunOutcome =
  /** `wasUp`: it came up before it was asked to stop. */
  { kind: 'stopped'; wasUp: boolean } | { kind: 'already-running'; record: SupervisorRecord | undefined };

/** What the person at the keyboard wants: to stop, or to stop at once. */
export interface StopRequests {
  /** Aborted by the first request. */
  stop: AbortSignal;
  /** Aborted by the second. */
  force: AbortSignal;
}

/**
 * The life of one Podex: takes the lock of its home, starts everything, waits until it is asked to stop, stops
 * everything.
 *
 * @throws CliError when it does not come up; then nothing of it runs.
 */
export async function runPlatform(options: RunOptions, requests: StopRequests): Promise<RunOutcome> {
  const { config } = options;
  await openPodexHome(config.home);
  await using lock = await tryLock(`home:${config.home.directory}`);
  if (!lock) return { kind: 'already-running', record: await findSupervisor(config.home) };
  const record = await describeSupervisor(options);
  await writeSupervisorRecord(config.home, record);
  try {
    return { kind: 'stopped', wasUp: await runLocked(options, record, requests) };
  } finally {
    await removeSupervisorRecord(config.home);
  }
}

/** @returns whether it came up. */
async function runLocked(
  options: RunOptions,
  record: SupervisorRecord,
  requests: StopRequests,
): Promise<boolean> {
  const started = await startUnlessStopped(options, requests);
  if (!started) return false;
  try {
    await runUntilStopped(started, options, { record, stop: requests.stop });
  } finally {
    // Also when the disk is full by now and nothing can be recorded: no service is left without its supervisor.
    await stopSupervisor(started.supervisor, { progress: options.progress, force: requests.force });
  }
  return true;
}

async function runUntilStopped(
  { facts }: StartedPlatform,
  { config, progress, onReady, demoModel }: RunOptions,
  { record, stop }: { record: SupervisorRecord; stop: AbortSignal },
): Promise<void> {
  const running: SupervisorRecord = { ...record, phase: 'running', engine_socket: facts.engineSocket };
  await writeSupervisorRecord(config.home, running);
  const firstAdmin = await keepFirstAdmin(facts, stop).catch((error: unknown) => {
    if (!stop.aborted) progress.note(`The administrator could not be checked: ${String(error)}`);
    return undefined;
  });
  onReady({ record: running, firstAdmin, demoModel });
  await aborted(stop);
  await writeSupervisorRecord(config.home, { ...running, phase: 'stopping' });
}

async function startUnlessStopped(
  options: RunOptions,
  { stop, force }: StopRequests,
): Promise<StartedPlatform | undefined> {
  try {
    return await startPlatform({ ...options, signal: stop, force });
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}

async function describeSupervisor({ config }: RunOptions): Promise<SupervisorRecord> {
  const identity = await identifyProcess(process.pid);
  if (!identity) throw new CliError('/proc does not show this process', { cure: 'mount -t proc proc /proc' });
  const { host, ports, operator } = config;
  return {
    ...identity,
    started_at: new Date().toISOString(),
    phase: 'starting',
    url: pageUrl({ host, ports, operator: operator.values }),
    host,
    ports,
    engine_socket: null,
    database: operator.values.DATABASE_URL ? 'external' : 'embedded',
  };
}
