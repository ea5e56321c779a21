import { type DetectedEngine, detectEngine } from '../engine/detect-engine.ts';
import { ensureEngine } from '../engine/ensure-engine.ts';
import { inStep, type Progress } from '../progress/progress.ts';

export interface EngineChoice {
  podexHome: string;
  /** The value of DOCKER_HOST, if it is set. */
  dockerHost: string | undefined;
}

/**
 * An engine of this machine with `runsc` registered: found, else installed (root on Debian and Ubuntu) and
 * started. One that DOCKER_HOST names and that is good as it is stays untouched.
 *
 * @throws EngineError with the exact commands, where it cannot be had from here.
 */
export function prepareEngine(
  choice: EngineChoice,
  { title, progress, signal }: { title: string; progress: Progress; signal: AbortSignal },
): Promise<DetectedEngine> {
  return inStep(
    progress,
    title,
    async (step) => {
      const named = choice.dockerHost ? await detectEngine({ ...choice, signal }) : undefined;
      if (named && isGood(named)) return named;
      let isTold = false;
      return ensureEngine({
        ...choice,
        // Said only when something has to be installed or started, which changes the machine.
        onProgress: (line) => {
          if (!isTold) progress.note('No Docker engine with gVisor runs here, so Podex sets one up:');
          isTold = true;
          progress.note(`  ${line}`);
          step.update(line);
        },
        signal,
      });
    },
    ({ version, owner }) => `${version} with runsc${owner === 'podex' ? ', of Podex’s own' : ''}`,
  );
}

/** Whether it has gVisor registered so that nothing is lost at a stop. compute finds out whether it really runs. */
function isGood({ runtimes }: DetectedEngine): boolean {
  return runtimes.runsc?.runtimeArgs.includes('--overlay2=none') ?? false;
}
