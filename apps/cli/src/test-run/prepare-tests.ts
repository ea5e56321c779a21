import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ensureWorkspaceImage } from '../../../../workspace/image/build.ts';
import { CHECKOUT, type CliConfig } from '../config.ts';
import { detectEngine } from '../engine/detect-engine.ts';
import { installEngine } from '../engine/install-engine.ts';
import { stopEngine } from '../engine/start-engine.ts';
import { ensurePage } from '../page/build-page.ts';
import { prepareEngine } from '../platform/engine-step.ts';
import { inStep, type Progress } from '../progress/progress.ts';
import { ensurePrograms } from './debian-packages.ts';
import { removeContainers } from './remove-containers.ts';
import type { TestNeeds } from './test-plan.ts';

/** An engine of the tests' own, apart from the one of a Podex that runs on this machine. */
const TEST_HOME = '/var/lib/podex-test';
const DEFAULT_CACHE = '/var/cache/podex';

const REDIS = { program: 'redis-server', package: 'redis-server' };
const SSH = { program: 'ssh', package: 'openssh-client' };
const RSYNC = { program: 'rsync', package: 'rsync' };
const UNZIP = { program: 'unzip', package: 'unzip' };
const CHROMIUM = { program: 'chromium', package: 'chromium' };

export interface PreparedTests {
  /** What the tests read. */
  environment: Record<string, string>;
  /** Stops what was started for the tests. */
  cleanUp(): Promise<void>;
}

/**
 * Sets up what the chosen tests need and what is not there yet: on a fresh Debian or Ubuntu as root, everything.
 *
 * @throws CliError or EngineError with what to run by hand, where it cannot be done from here.
 */
export async function prepareTests(
  needs: TestNeeds,
  config: CliConfig,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<PreparedTests> {
  const cacheDirectory = config.cacheDirectory ?? DEFAULT_CACHE;
  const environment: Record<string, string> = { PODEX_CACHE: cacheDirectory };
  let cleanUp: PreparedTests['cleanUp'] = () => Promise.resolve();
  if (needs.engine || needs.browser) await installTools(needs, { progress, signal });
  try {
    if (needs.engine) {
      const engine = await prepareTestEngine(config, { cacheDirectory, progress, signal });
      cleanUp = engine.cleanUp;
      const runtimeDirectory = path.join(cacheDirectory, 'runtime');
      await mkdir(runtimeDirectory, { recursive: true });
      environment.PODEX_TEST_DOCKER_SOCKET = engine.socketPath;
      environment.PODEX_TEST_RUNTIME_DIRECTORY = runtimeDirectory;
    }
    if (needs.page) await preparePage({ progress, signal });
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return { environment, cleanUp };
}

async function installTools(
  needs: TestNeeds,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<void> {
  await inStep(progress, 'Tools for the tests', async (step) => {
    const onProgress = (line: string) => step.update(line);
    if (needs.engine) await installEngine({ imageTools: true, testbedTools: true, onProgress, signal });
    const programs = [
      ...(needs.engine ? [REDIS, SSH, RSYNC, UNZIP] : []),
      ...(needs.browser ? [CHROMIUM] : []),
    ];
    await ensurePrograms(programs, { onProgress, signal });
  });
}

async function prepareTestEngine(
  config: CliConfig,
  options: { cacheDirectory: string; progress: Progress; signal: AbortSignal },
): Promise<{ socketPath: string; cleanUp: PreparedTests['cleanUp'] }> {
  const { cacheDirectory, progress, signal } = options;
  const where = { podexHome: TEST_HOME, dockerHost: config.dockerHost };
  const isRunning = (await detectEngine({ ...where, signal })) !== undefined;
  const engine = await prepareEngine(where, { title: 'Docker engine of the tests', progress, signal });
  const cleanUp = async () => {
    if (engine.owner !== 'podex' || isRunning) return;
    await removeContainers(engine.socketPath);
    await stopEngine({ podexHome: TEST_HOME });
  };
  try {
    await inStep(progress, 'Workspace image', (step) =>
      ensureWorkspaceImage({
        endpoint: { socketPath: engine.socketPath },
        cacheDirectory: path.join(cacheDirectory, 'images'),
        onProgress: ({ percent, message }) => step.update(`${percent}% ${message}`),
        signal,
      }),
    );
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return { socketPath: engine.socketPath, cleanUp };
}

async function preparePage({ progress, signal }: { progress: Progress; signal: AbortSignal }): Promise<void> {
  await inStep(progress, 'Page', (step) =>
    ensurePage({ root: CHECKOUT, node: process.execPath, signal, onProgress: (line) => step.update(line) }),
  );
}
