import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DetectedEngine, EngineRuntime } from './detect-engine.ts';
import { EngineError } from './engine-error.ts';
import { commandLine, readPid } from './engine-process.ts';
import { isSameRuntime, prepareRunscRuntime } from './runsc-runtime.ts';
import { waitForEngine } from './wait-for-engine.ts';

const SYSTEM_CONFIG_FILE = '/etc/docker/daemon.json';
const SYSTEM_PID_FILE = '/var/run/docker.pid';
const SYSTEM_WRAPPER_FILE = '/usr/local/libexec/podex/runsc-wrap';
const REGISTER_TIMEOUT_MS = 15_000;

const configurationFile = z.looseObject({ runtimes: z.record(z.string(), z.unknown()).optional() });

export interface RegisterRunscOptions {
  engine: DetectedEngine;
  podexHome: string;
  signal?: AbortSignal;
  /** How long the engine may take to show the runtime, in milliseconds. Default 15 000. */
  timeoutMs?: number;
  /** Where the system's engine keeps its settings and its pid, and where the wrapper goes. */
  systemFiles?: { configFile: string; pidFile: string; wrapperFile: string };
}

/**
 * Makes sure that the system's engine knows `runsc` the way workspaces need it: adds it to the engine's
 * configuration file, beside what is there, lets the engine read the file again, and reads the result back.
 * Containers are not touched. An engine that knows it already, Podex's own among them, is left alone.
 *
 * @throws EngineError `runsc_registration_failed` with what to do by hand, when the settings cannot be changed
 *   from here; `runsc_missing` when runsc is not installed.
 */
export async function registerRunsc(options: RegisterRunscOptions): Promise<DetectedEngine> {
  const { engine, podexHome, signal, timeoutMs = REGISTER_TIMEOUT_MS } = options;
  if (engine.owner === 'podex') return engine;
  const files = options.systemFiles ?? {
    configFile: SYSTEM_CONFIG_FILE,
    pidFile: SYSTEM_PID_FILE,
    wrapperFile: SYSTEM_WRAPPER_FILE,
  };
  const runsc = await prepareRunscRuntimeFor(engine, files.wrapperFile);
  if (isSameRuntime(engine.runtimes.runsc, runsc)) return engine;
  const pid = await findReloadablePid(engine, files, runsc);
  await addRuntime(files.configFile, runsc);
  process.kill(pid, 'SIGHUP');
  const registered = await waitForEngine(engine.socketPath, {
    podexHome,
    timeoutMs,
    signal,
    accept: ({ runtimes }) => isSameRuntime(runtimes.runsc, runsc),
  });
  if (registered) return registered;
  throw new EngineError(
    'runsc_registration_failed',
    `the docker engine (pid ${pid}) does not show the runtime runsc, which ${files.configFile} now names. Restart it:`,
    { commands: ['systemctl restart docker'] },
  );
}

/** Only root can write the wrapper; any other user needs a runtime that is registered and good already. */
async function prepareRunscRuntimeFor(engine: DetectedEngine, wrapperFile: string): Promise<EngineRuntime> {
  const registered = engine.runtimes.runsc;
  if (process.getuid?.() === 0) return prepareRunscRuntime(wrapperFile);
  if (registered?.runtimeArgs.includes('--overlay2=none')) return registered;
  throw byHand('only root can change the settings of the docker engine', {
    path: registered?.path ?? '/usr/bin/runsc',
    runtimeArgs: ['--overlay2=none'],
  });
}

/** The pid of the engine behind the socket, if it is one whose settings are in the file we know. */
async function findReloadablePid(
  engine: DetectedEngine,
  files: { configFile: string; pidFile: string },
  runsc: EngineRuntime,
): Promise<number> {
  const pid = await readPid(files.pidFile);
  const arguments_ = pid === undefined ? '' : await commandLine(pid);
  if (pid === undefined || !/\bdockerd\b/.test(arguments_)) {
    throw byHand(`the engine at ${engine.socketPath} does not run as a process of this machine`, runsc);
  }
  const configFile = /--config-file[= ](\S+)/.exec(arguments_)?.[1];
  if (configFile !== undefined && configFile !== files.configFile) {
    throw byHand(`the engine at ${engine.socketPath} has its settings in ${configFile}`, runsc);
  }
  if (arguments_.includes('--add-runtime')) {
    throw byHand(`the engine at ${engine.socketPath} gets its runtimes on its command line`, runsc);
  }
  return pid;
}

/** Keeps every other setting, and the file of before as `<file>.before-podex`. */
async function addRuntime(configFile: string, runsc: EngineRuntime): Promise<void> {
  await mkdir(path.dirname(configFile), { recursive: true });
  const text = await readFile(configFile, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  const settings = parseSettings(configFile, text ?? '', runsc);
  const merged = { ...settings, runtimes: { ...settings.runtimes, runsc } };
  if (text !== undefined) await copyFile(configFile, `${configFile}.before-podex`);
  await writeFile(`${configFile}.new`, `${JSON.stringify(merged, null, 2)}\n`);
  await rename(`${configFile}.new`, configFile);
}

function parseSettings(
  configFile: string,
  text: string,
  runsc: EngineRuntime,
): z.infer<typeof configurationFile> {
  if (text.trim() === '') return {};
  try {
    return configurationFile.parse(JSON.parse(text));
  } catch {
    throw byHand(`${configFile} is not what a docker engine reads; it is left as it is`, runsc);
  }
}

function byHand(cause: string, runsc: EngineRuntime): EngineError {
  const setting = JSON.stringify({ runtimes: { runsc } });
  return new EngineError(
    'runsc_registration_failed',
    `${cause}. Add this to the engine's settings and restart it: ${setting}`,
    { commands: [`sudoedit ${SYSTEM_CONFIG_FILE}`, 'sudo systemctl restart docker'] },
  );
}
