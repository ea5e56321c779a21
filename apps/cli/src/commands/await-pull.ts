import { type Server, type ServerCheck, server } from '@podex/contracts/servers';
import { pause } from '@podex/service-kit/waiting';
import type { AskApi } from '../connection/api-request.ts';
import { createProgress } from '../progress/create-progress.ts';
import { inStep } from '../progress/progress.ts';
import { untilInterrupted } from '../progress/until-interrupted.ts';

const LOOK_EVERY_MS = 1_000;

/** Whether the check waits for an image that is on its way. */
export function isPull({ percent }: ServerCheck): boolean {
  return percent !== undefined;
}

/**
 * Shows how far the pull of its image is, until it is over or has failed.
 *
 * @throws CliError when the person does not wait any longer: the pull continues.
 */
export async function afterPull(ask: AskApi, path: string, checked: Server): Promise<Server> {
  if (!checked.checks.some(isPull)) return checked;
  const progress = createProgress(process.stderr, process.env);
  const left = { message: 'The pull continues without you', cure: `podex servers show ${checked.name}` };
  return untilInterrupted(left, (signal) =>
    inStep(progress, `Pulling the image on ${checked.name}`, async (step) => {
      for (let now = checked; ; ) {
        const pull = now.checks.find(isPull);
        if (pull === undefined) return now;
        step.update(pull.percent == null ? '' : `${pull.percent} %`);
        await pause(LOOK_EVERY_MS, signal);
        now = await ask({ method: 'GET', path, schema: server, signal });
      }
    }),
  );
}
