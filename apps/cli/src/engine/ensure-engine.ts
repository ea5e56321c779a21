import { access } from 'node:fs/promises';
import { type DetectedEngine, detectEngine } from './detect-engine.ts';
import { enginePaths } from './engine-paths.ts';
import { installEngine } from './install-engine.ts';
import { registerRunsc } from './register-runsc.ts';
import { startEngine, startOwnEngine } from './start-engine.ts';

export interface EnsureEngineOptions {
  podexHome: string;
  /** The value of DOCKER_HOST, if it is set. */
  dockerHost?: string | undefined;
  /** One line for each thing that takes time. */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The one door for `podex up` and tests: an engine of this machine that answers and has `runsc` registered,
 * installed and started if need be.
 *
 * @throws EngineError with the cause in its message and what to run in its `commands`.
 */
export async function ensureEngine(options: EnsureEngineOptions): Promise<DetectedEngine> {
  const { podexHome, dockerHost, onProgress, signal } = options;
  const call = { podexHome, ...(signal ? { signal } : {}) };
  if (!dockerHost && (await hasOwnEngine(podexHome))) {
    // Its workspaces are there, so no other engine will do, even if one answers.
    return startOwnEngine(call);
  }
  const answering = await detectEngine({ ...call, dockerHost });
  // Quick when everything is there; an engine without runsc gets it here.
  if (!answering || !('runsc' in answering.runtimes)) {
    await installEngine({ ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) });
  }
  if (answering) return registerRunsc({ ...call, engine: answering });
  onProgress?.('starting docker engine …');
  return registerRunsc({ ...call, engine: await startEngine(call) });
}

async function hasOwnEngine(podexHome: string): Promise<boolean> {
  return access(enginePaths(podexHome).configFile).then(
    () => true,
    () => false,
  );
}
