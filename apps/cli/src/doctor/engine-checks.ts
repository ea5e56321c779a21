import { z } from 'zod';
import { DEFAULT_WORKSPACE_IMAGE } from '../../../../workspace/image/build.ts';
import { EngineApiError, requestEngineJson } from '../../../../workspace/image/engine-api.ts';
import { LABEL_IMAGE_DIGEST, workspaceImageDigest } from '../../../../workspace/image/image-digest.ts';
import { toCliError } from '../cli-error.ts';
import type { CliConfig } from '../config.ts';
import { type DetectedEngine, detectEngine } from '../engine/detect-engine.ts';
import { type DoctorCheck, fail, ok, warn } from './doctor-check.ts';
import { readKernelBanner } from './gvisor-probe.ts';

const IMAGE_TIMEOUT_MS = 10_000;

/** The engine, its runtimes, the image, and whether gVisor really runs. Each depends on the one before it. */
export async function checkEngine(config: CliConfig): Promise<DoctorCheck[]> {
  let engine: DetectedEngine | undefined;
  try {
    engine = await detectEngine({ podexHome: config.home.directory, dockerHost: config.dockerHost });
  } catch (error) {
    const { message, cure } = toCliError(error);
    return [fail('engine', message, cure)];
  }
  if (!engine)
    return [fail('engine', 'no docker engine answers on this machine', ['podex up installs and starts one'])];
  const found = ok('engine', `${engine.version} (API ${engine.apiVersion}) at ${engine.socketPath}`);
  const runtime = checkRuntime(engine);
  if (runtime.status === 'fail') return [found, runtime];
  const image = config.operator.values.COMPUTE_WORKSPACE_IMAGE ?? DEFAULT_WORKSPACE_IMAGE;
  const imageCheck = await checkImage(engine, image);
  if (imageCheck.status === 'fail') return [found, runtime, imageCheck];
  return [found, runtime, imageCheck, await checkGvisor(engine, image)];
}

export function checkRuntime({ runtimes }: Pick<DetectedEngine, 'runtimes'>): DoctorCheck {
  const { runsc } = runtimes;
  if (!runsc) {
    return fail('runtime', `the engine has no runtime runsc (it has ${Object.keys(runtimes).join(', ')})`, [
      'podex up registers it',
    ]);
  }
  if (runsc.runtimeArgs.includes('--overlay2=none')) return ok('runtime', `runsc is ${runsc.path}`);
  return warn(
    'runtime',
    'runsc is registered without --overlay2=none: changes to system files are lost at every stop',
    ['podex up registers it as it should be'],
  );
}

async function checkImage({ socketPath }: DetectedEngine, image: string): Promise<DoctorCheck> {
  const isOurs = image === DEFAULT_WORKSPACE_IMAGE;
  try {
    const labels = await readImageLabels(socketPath, image);
    if (!isOurs || labels[LABEL_IMAGE_DIGEST] === (await workspaceImageDigest())) return ok('image', image);
    return warn('image', `${image} was built from another version of Podex`, ['podex up rebuilds it']);
  } catch (error) {
    if (!(error instanceof EngineApiError) || error.status !== 404)
      return fail('image', toCliError(error).message, []);
    return fail('image', `the engine does not have ${image}`, [
      isOurs ? 'podex up builds it' : `docker pull ${image}`,
    ]);
  }
}

async function readImageLabels(socketPath: string, image: string): Promise<Record<string, string>> {
  const { Config: config } = await requestEngineJson(
    { socketPath },
    { method: 'GET', path: `/images/${encodeURIComponent(image)}/json`, timeoutMs: IMAGE_TIMEOUT_MS },
    z.object({ Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }) }),
  );
  return config.Labels ?? {};
}

async function checkGvisor({ socketPath }: DetectedEngine, image: string): Promise<DoctorCheck> {
  try {
    const banner = await readKernelBanner({ socketPath }, { image, runtime: 'runsc' });
    if (/gVisor/i.test(banner)) return ok('gvisor', 'a container under runsc sees the kernel of gVisor');
    return fail('gvisor', 'a container under runsc does not see the kernel of gVisor', [
      'the engine runs another program under the name runsc: look at its daemon.json',
    ]);
  } catch (error) {
    return fail('gvisor', `a container under runsc does not run: ${toCliError(error).message}`, [
      'runsc --version; journalctl --unit docker --lines 50',
    ]);
  }
}
