import { z } from 'zod';
import { requestEngineJson } from '../../../../workspace/image/engine-api.ts';
import { EngineError } from './engine-error.ts';
import { enginePaths, SYSTEM_ENGINE_SOCKET } from './engine-paths.ts';

/** A runtime as the engine has it registered: the program, and the arguments it is always given. */
export interface EngineRuntime {
  path: string;
  runtimeArgs: string[];
}

/** An engine that answers. */
export interface DetectedEngine {
  socketPath: string;
  version: string;
  apiVersion: string;
  /** By name, e.g. `runsc`. */
  runtimes: Record<string, EngineRuntime>;
  dataRoot: string;
  /** `podex`: started by this Podex, under its home. `system`: anyone else's. */
  owner: 'podex' | 'system';
}

export interface DetectEngineOptions {
  podexHome: string;
  /** The value of DOCKER_HOST, if it is set: `unix://…`. Then no other engine is looked for. */
  dockerHost?: string | undefined;
  signal?: AbortSignal;
  /** For each engine that is asked, in milliseconds. Default 3000. */
  timeoutMs?: number;
}

const DETECT_TIMEOUT_MS = 3000;

const versionAnswer = z.object({ Version: z.string(), ApiVersion: z.string() });
const infoAnswer = z.object({
  DockerRootDir: z.string(),
  Runtimes: z.record(
    z.string(),
    z.object({ path: z.string().nullish(), runtimeArgs: z.array(z.string()).nullish() }),
  ),
});

/**
 * Finds an engine that answers: the one that DOCKER_HOST names, else Podex's own, else the system's.
 * Podex's own comes before the system's because its workspaces are there.
 *
 * @throws EngineError `engine_host_unsupported` or `engine_unreachable` for a DOCKER_HOST that cannot be used,
 *   `engine_forbidden` when the only engine refuses this user.
 */
export async function detectEngine(options: DetectEngineOptions): Promise<DetectedEngine | undefined> {
  if (options.dockerHost) return detectNamedEngine(options.dockerHost, options);
  const own = await describeEngine(enginePaths(options.podexHome).socketPath, options);
  return own ?? (await describeEngine(SYSTEM_ENGINE_SOCKET, options));
}

async function detectNamedEngine(dockerHost: string, options: DetectEngineOptions): Promise<DetectedEngine> {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(dockerHost)?.[1];
  if (socketPath === undefined) {
    throw new EngineError(
      'engine_host_unsupported',
      `DOCKER_HOST is '${dockerHost}', but the engine of this machine must be named as unix:///path/to/docker.sock`,
      { commands: ['unset DOCKER_HOST'] },
    );
  }
  const engine = await describeEngine(socketPath, options);
  if (engine) return engine;
  throw new EngineError('engine_unreachable', `no docker engine answers at ${dockerHost} (DOCKER_HOST)`, {
    commands: [`docker --host ${dockerHost} version`, 'unset DOCKER_HOST'],
  });
}

/**
 * What the engine at a socket says about itself; undefined when nothing answers there in time.
 *
 * @throws EngineError `engine_forbidden` when this user may not use the socket.
 */
export async function describeEngine(
  socketPath: string,
  options: { podexHome: string; signal?: AbortSignal; timeoutMs?: number },
): Promise<DetectedEngine | undefined> {
  const { signal, timeoutMs = DETECT_TIMEOUT_MS } = options;
  const get = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    requestEngineJson({ socketPath }, { method: 'GET', path, signal, timeoutMs }, schema);
  try {
    const version = await get('/version', versionAnswer);
    const info = await get('/info', infoAnswer);
    return {
      socketPath,
      version: version.Version,
      apiVersion: version.ApiVersion,
      runtimes: toRuntimes(info.Runtimes),
      dataRoot: info.DockerRootDir,
      owner: socketPath === enginePaths(options.podexHome).socketPath ? 'podex' : 'system',
    };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw forbidden(socketPath);
    return undefined;
  }
}

function toRuntimes(runtimes: z.infer<typeof infoAnswer>['Runtimes']): Record<string, EngineRuntime> {
  return Object.fromEntries(
    Object.entries(runtimes).map(([name, { path, runtimeArgs }]) => [
      name,
      { path: path ?? '', runtimeArgs: runtimeArgs ?? [] },
    ]),
  );
}

function forbidden(socketPath: string): EngineError {
  return new EngineError('engine_forbidden', `this user may not use the docker engine at ${socketPath}`, {
    commands: ['sudo usermod -aG docker "$USER"', 'newgrp docker'],
  });
}
