import { PodexError } from '@podex/contracts/errors';
import { type Workspace, type WorkspaceStatus, workspace } from '@podex/contracts/workspaces';
import { pause } from '@podex/service-kit/waiting';
import { CliError } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { createProgress } from '../progress/create-progress.ts';
import { inStep, type ProgressStep } from '../progress/progress.ts';
import { untilInterrupted } from '../progress/until-interrupted.ts';

const LOOK_EVERY_MS = 500;

export type Goal = Extract<WorkspaceStatus, 'running' | 'paused' | 'stopped'>;

const TITLES: Readonly<Record<Goal, string>> = {
  running: 'Starting',
  paused: 'Pausing',
  stopped: 'Stopping',
};

/**
 * Shows how it goes until the workspace is there. Ctrl-C ends the waiting, and not what was asked for.
 *
 * @throws CliError when it has failed, or the person does not wait any longer.
 */
export async function waitForStatus(
  ask: AskApi,
  { id, name }: Workspace,
  goal: Goal,
): Promise<Workspace | undefined> {
  const progress = createProgress(process.stderr, process.env);
  const left = { message: `${name} continues without you`, cure: `podex workspaces show ${id}` };
  return untilInterrupted(left, (signal) =>
    inStep(progress, `${TITLES[goal]} ${name}`, (step) => lookUntil(ask, { id, goal, step, signal })),
  );
}

interface Look {
  id: string;
  goal: Goal;
  step: ProgressStep;
  signal: AbortSignal;
}

/** Undefined: it is gone. */
async function lookUntil(ask: AskApi, { id, goal, step, signal }: Look): Promise<Workspace | undefined> {
  for (;;) {
    const now = await look(ask, id, signal);
    if (now === undefined || now.status === goal) return now;
    if (now.status === 'failed') {
      throw new CliError(now.reason ?? `${now.name} has failed`, {
        cure: `podex workspaces start ${id} --wait`,
      });
    }
    step.update(now.reason ?? now.status);
    await pause(LOOK_EVERY_MS, signal);
  }
}

async function look(ask: AskApi, id: string, signal: AbortSignal): Promise<Workspace | undefined> {
  try {
    return await ask({ method: 'GET', path: `/api/workspaces/${id}`, schema: workspace, signal });
  } catch (error) {
    if (error instanceof CliError && PodexError.has(error.cause, 'workspace_not_found')) return undefined;
    throw error;
  }
}
