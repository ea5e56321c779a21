import type { CliConfig } from '../config.ts';
import type { DetectedEngine } from '../engine/detect-engine.ts';
import { ensureEngine } from '../engine/ensure-engine.ts';
import { inStep, type Progress } from '../progress/progress.ts';

/**
 * An engine of this machine with `runsc` registered: found, else installed (root on Debian and Ubuntu) and
 * started.
 *
 * @throws EngineError with the exact commands, where it cannot be had from here.
 */
export function prepareEngine(
  config: Pick<CliConfig, 'home' | 'dockerHost'>,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<DetectedEngine> {
  return inStep(
    progress,
    'Docker engine',
    (step) => {
      let isTold = false;
      return ensureEngine({
        podexHome: config.home.directory,
        dockerHost: config.dockerHost,
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
    ({ version, owner }) => `${version} with runsc${owner === 'podex' ? ', started by Podex' : ''}`,
  );
}
