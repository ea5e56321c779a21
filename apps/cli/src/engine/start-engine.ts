import { spawn } from 'node:child_process';
import { access, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ExecaError, execa } from 'execa';
import { type DetectedEngine, describeEngine } from './detect-engine.ts';
import { ensureEngineBridge } from './engine-bridge.ts';
import { EngineError } from './engine-error.ts';
import { type EnginePaths, enginePaths, SYSTEM_ENGINE_SOCKET } from './engine-paths.ts';
import { clearStaleState, findEnginePid, isAlive } from './engine-process.ts';
import { isSameRuntime, prepareRunscRuntime } from './runsc-runtime.ts';
import { systemEnvironment } from './system-environment.ts';
import { waitForEngine } from './wait-for-engine.ts';

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS_MAX = 4;
const START_RETRY_DELAY_MS_MAX = 2000;
const STOP_TIMEOUT_MS = 30_000;
const LOG_LINES_SHOWN = 15;
const LOG_BYTES_MAX = 20 * 1024 * 1024;

export interface StartEngineOptions {
  podexHome: string;
  signal?: AbortSignal;
  /** How long the engine may take to answer, in milliseconds. Default 60 000. */
  timeoutMs?: number;
}

/**
 * Starts this machine's engine and waits until it answers: through the service manager where one runs, unless
 * this Podex has an engine of its own already; else an engine of its own. An engine that runs is left as it is.
 *
 * @throws EngineError `engine_start_failed` with the last lines of the engine's log, `engine_missing` when
 *   Docker is not installed.
 */
export async function startEngine(options: StartEngineOptions): Promise<DetectedEngine> {
  const hasOwn = await isThere(enginePaths(options.podexHome).configFile);
  return !hasOwn && (await isThere('/run/systemd/system'))
    ? startSystemEngine(options)
    : startOwnEngine(options);
}

async function startSystemEngine(options: StartEngineOptions): Promise<DetectedEngine> {
  const { podexHome, signal, timeoutMs = START_TIMEOUT_MS } = options;
  const cure = { commands: ['systemctl enable --now docker', 'journalctl --unit docker --lines 50'] };
  try {
    await execa('systemctl', ['enable', '--now', 'docker'], {
      timeout: timeoutMs,
      ...(signal ? { cancelSignal: signal } : {}),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof ExecaError ? String(error.stderr ?? '').trim() : String(error);
    throw new EngineError('engine_start_failed', `the docker service does not start: ${reason}`, {
      ...cure,
      cause: error,
    });
  }
  const engine = await waitForEngine(SYSTEM_ENGINE_SOCKET, { podexHome, timeoutMs, signal });
  if (engine) return engine;
  throw new EngineError(
    'engine_start_failed',
    `the docker service runs but didn’t respond within ${timeoutMs} ms`,
    cure,
  );
}

/**
 * Starts a dockerd of Podex's own under `<podexHome>/engine`, detached: it and its containers outlive this
 * process, and containers outlive it too (live-restore). If it runs already, it gets the present configuration.
 *
 * @throws as `startEngine`.
 */
export async function startOwnEngine(options: StartEngineOptions): Promise<DetectedEngine> {
  const { podexHome } = options;
  const paths = enginePaths(podexHome);
  if (process.getuid?.() !== 0) return requireRunningEngine(options);
  await mkdir(paths.directory, { recursive: true, mode: 0o711 });
  const runsc = await prepareRunscRuntime(paths.runscWrapper);
  const bridge = await ensureEngineBridge(podexHome);
  await writeConfiguration(paths, engineConfiguration(paths, { runsc, bridge }));
  return startUntilAccepted(paths, options, ({ runtimes }) => isSameRuntime(runtimes.runsc, runsc));
}

/**
 * Engines that start at the same moment take each other's packet filter chains away, and one of them gives up.
 * It is started again, a few times; any other failure is final.
 */
async function startUntilAccepted(
  paths: EnginePaths,
  { podexHome, signal, timeoutMs = START_TIMEOUT_MS }: StartEngineOptions,
  accept: (engine: DetectedEngine) => boolean,
): Promise<DetectedEngine> {
  for (let attempt = 1; ; attempt += 1) {
    const pid = await spawnOrReload(paths);
    const isHopeless = () => !isAlive(pid);
    const engine = await waitForEngine(paths.socketPath, {
      podexHome,
      timeoutMs,
      signal,
      accept,
      isHopeless,
    });
    if (engine) return engine;
    const ending = isAlive(pid) ? `it has not answered for ${timeoutMs} ms` : 'it ended';
    const failure = await startFailure(paths, ending);
    if (attempt === START_ATTEMPTS_MAX || isAlive(pid) || !failure.includes('iptables failed')) {
      throw new EngineError('engine_start_failed', failure, { commands: [`tail -n 50 ${paths.logFile}`] });
    }
    await delay(Math.random() * START_RETRY_DELAY_MS_MAX, undefined, signal ? { signal } : {});
  }
}

/** The pid of the engine: a new one, or the one that runs, told to read its configuration again. */
async function spawnOrReload(paths: EnginePaths): Promise<number> {
  const running = await findEnginePid(paths);
  if (running === undefined) {
    await clearStaleState(paths);
    return spawnEngine(paths);
  }
  // Runtimes are among what the engine reads again at this signal.
  process.kill(running, 'SIGHUP');
  return running;
}

/** Only root can start an engine; anyone whom its socket admits can use one that runs. */
async function requireRunningEngine(options: StartEngineOptions): Promise<DetectedEngine> {
  const engine = await describeEngine(enginePaths(options.podexHome).socketPath, options);
  if (engine) return engine;
  throw new EngineError('engine_start_failed', 'no docker engine answers, and only root can start one', {
    commands: ['sudo ./podex up'],
  });
}

/**
 * Stops the engine of Podex's own; its containers go on running. One that does not run is fine.
 *
 * @throws EngineError `engine_stop_failed` when it has not ended in time (default 30 s).
 */
export async function stopEngine(options: StartEngineOptions): Promise<void> {
  const { podexHome, signal, timeoutMs = STOP_TIMEOUT_MS } = options;
  const pid = await findEnginePid(enginePaths(podexHome));
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new EngineError(
        'engine_stop_failed',
        `the docker engine (pid ${pid}) has not ended after ${timeoutMs} ms`,
        {
          commands: [`kill -KILL ${pid}`],
        },
      );
    }
    await delay(50, undefined, signal ? { signal } : {});
  }
}

/** What dockerd is started with, as its configuration file. */
function engineConfiguration(
  paths: EnginePaths,
  { runsc, bridge }: { runsc: DetectedEngine['runtimes'][string]; bridge: { name: string; mtu: number } },
): Record<string, unknown> {
  return {
    'data-root': paths.dataRoot,
    'exec-root': paths.execRoot,
    pidfile: paths.pidFile,
    hosts: [`unix://${paths.socketPath}`],
    bridge: bridge.name,
    mtu: bridge.mtu,
    'live-restore': true,
    'userland-proxy': false,
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '2' },
    runtimes: { runsc },
  };
}

async function writeConfiguration(paths: EnginePaths, configuration: Record<string, unknown>): Promise<void> {
  await writeFile(`${paths.configFile}.new`, `${JSON.stringify(configuration, null, 2)}\n`);
  await rename(`${paths.configFile}.new`, paths.configFile);
}

/** Resolves with its pid once the program runs; it may still fail to start up. */
async function spawnEngine(paths: EnginePaths): Promise<number> {
  await rotateLog(paths.logFile);
  await using log = await open(paths.logFile, 'a');
  const engine = spawn('dockerd', ['--config-file', paths.configFile], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: '/',
    env: systemEnvironment(),
  });
  await new Promise<void>((resolve, reject) => {
    engine.once('spawn', resolve);
    engine.once('error', (cause) =>
      reject(new EngineError('engine_missing', 'dockerd is not installed', { cause })),
    );
  });
  engine.unref();
  if (engine.pid === undefined) throw new EngineError('engine_start_failed', 'dockerd has no process id');
  return engine.pid;
}

async function rotateLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
}

async function startFailure(paths: EnginePaths, ending: string): Promise<string> {
  const lastLines = (await readFile(paths.logFile, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
  const cause = lastLines.some((line) => line.includes('no space left on device'))
    ? 'the disk is full'
    : ending;
  return `the docker engine did not start: ${cause}. The end of ${paths.logFile}:\n${lastLines.join('\n')}`;
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
