import { assertNever, PodexError } from '@podex/contracts/errors';
import type { ClaimedTurn, ReleaseInput, TurnContext } from '@podex/contracts/internal/turns';
import type { Logger } from '@podex/service-kit/logger';
import { instructionsMessage } from '../context/instructions-message.ts';
import { readProjectFacts } from '../context/project-facts.ts';
import { systemPrompt } from '../context/system-prompt.ts';
import { ModelFailure } from '../models/model-failure.ts';
import type { ChosenModel } from '../models/models.ts';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import { WorkspaceNotReady } from '../workspace/workspace-not-ready.ts';
import { act } from './act.ts';
import { ActingStep } from './acting-step.ts';
import { closeCancelled } from './cancel.ts';
import { Lease } from './lease.ts';
import { nextAction } from './next-action.ts';
import type { PromptLimits } from './prompt-limits.ts';
import { RetryLater } from './retry-later.ts';
import { StepJournal } from './step-journal.ts';
import { think } from './think.ts';
import type { TurnEnvironment } from './turn-environment.ts';
import { isInterruption } from './turn-interruption.ts';
import type { TurnSignals } from './turn-worker.ts';
import type { TurnsApi } from './turns-api.ts';

export interface TurnDependencies {
  api: TurnsApi;
  logger: Logger;
  maxSteps: number;
  promptLimits: PromptLimits;
  chooseModel(name: string | null): Promise<ChosenModel>;
  workspaceOf(lease: Lease): WorkspaceClient;
}

/** How a turn ends or pauses; undefined when the lease is lost and nothing may be written. */
type Ending = ReleaseInput extends infer Input
  ? Input extends ReleaseInput
    ? Omit<Input, 'lease_token'>
    : never
  : never;

/** Runs a claimed turn until its lease is released, and returns how it was left. Never throws: an error becomes the ending of the turn, and a line in the log. */
export async function runTurn(
  turn: ClaimedTurn,
  dependencies: TurnDependencies,
  { stopping, superseded }: TurnSignals,
): Promise<string> {
  const logger = dependencies.logger.child({ turn_id: turn.turn_id, conversation_id: turn.conversation_id });
  const lease = new Lease(turn, dependencies.api, logger);
  const onStop = () => lease.interrupt('stopping');
  const onSuperseded = () => lease.interrupt('lease_lost');
  stopping.addEventListener('abort', onStop, { once: true });
  superseded.addEventListener('abort', onSuperseded, { once: true });
  if (stopping.aborted) onStop();
  lease.start();
  const startedAt = performance.now();
  try {
    const outcome = await drive(environmentOf(lease, dependencies, logger));
    logger.info({ outcome, duration_ms: Math.round(performance.now() - startedAt) }, 'turn.released');
    return outcome;
  } finally {
    stopping.removeEventListener('abort', onStop);
    superseded.removeEventListener('abort', onSuperseded);
    await lease.end();
  }
}

function environmentOf(lease: Lease, dependencies: TurnDependencies, logger: Logger): TurnEnvironment {
  const workspace = dependencies.workspaceOf(lease);
  const today = new Date().toISOString().slice(0, 10);
  let facts: ReturnType<typeof readProjectFacts> | undefined;
  return {
    api: dependencies.api,
    lease,
    workspace,
    logger,
    maxSteps: dependencies.maxSteps,
    promptLimits: dependencies.promptLimits,
    chooseModel: (name) => dependencies.chooseModel(name),
    promptStart: async ({ workspace_name: workspaceName, mode }) => {
      facts ??= readProjectFacts(workspace, lease.signal);
      const { folders, instructions } = await facts;
      return {
        system: systemPrompt({ workspaceName, mode, folders, today }),
        preamble: instructionsMessage(instructions),
      };
    },
  };
}

/** Runs step after step, each decided from the durable state, until api accepts the release. Returns the outcome for the log. */
async function drive(environment: TurnEnvironment): Promise<string> {
  for (;;) {
    const ending = await endingOf(environment, () => advance(environment));
    if (ending === 'again') continue;
    if (ending === undefined) return 'lease_lost';
    const outcome = await release(environment, ending);
    if (outcome !== 'continue') return outcome;
  }
}

/** One step of the turn. */
async function advance(environment: TurnEnvironment): Promise<Ending | 'again'> {
  const { lease } = environment;
  const context = await readContext(environment);
  if (context.cancel_requested || lease.isCancelled) {
    await closeCancelled(environment, context);
    return { status: 'cancelled' };
  }
  lease.signal.throwIfAborted();
  environment.workspace.mayWait = !context.workspace_wait_over;
  const action = nextAction(context);
  switch (action.kind) {
    case 'complete':
      return { status: 'completed' };
    case 'act': {
      const { step_id: stepId, step_index: stepIndex, next_index: nextIndex } = action.step;
      const journal = new StepJournal({ stepId, stepIndex, nextIndex }, lease, environment.api);
      return afterActing(
        await act(new ActingStep(environment, context, { journal, isResumed: true }), action.step),
      );
    }
    case 'think': {
      if (context.refusal !== null) return { status: 'failed', ...context.refusal };
      requireStepLeft(action.stepIndex, environment.maxSteps);
      const { step, journal } = await think(environment, context, action);
      if (step.status === 'finished') return 'again';
      return afterActing(
        await act(new ActingStep(environment, context, { journal, isResumed: false }), step),
      );
    }
    default:
      return assertNever(action);
  }
}

function afterActing(outcome: Awaited<ReturnType<typeof act>>): Ending | 'again' {
  return outcome === 'finished' ? 'again' : { status: 'waiting', reason: outcome };
}

function requireStepLeft(stepIndex: number, maxSteps: number): void {
  if (stepIndex < maxSteps) return;
  throw new PodexError(
    'limit_reached',
    `The agent stopped after ${maxSteps} steps, so that it does not run without end. Send a message to let it continue.`,
    { limit: 'steps of a turn', max: maxSteps },
  );
}

function readContext({ api, lease }: TurnEnvironment): Promise<TurnContext> {
  const { turn_id: turnId, lease_token: token } = lease.turn;
  return lease.persist(() => api.context(turnId, token, lease.lostSignal));
}

/** Undefined when waiting is of no use. */
function waitFor(error: unknown): Ending | undefined {
  if (error instanceof RetryLater) {
    return { status: 'waiting', reason: 'retry', wait_ms: Math.round(error.waitMs), message: error.message };
  }
  if (error instanceof WorkspaceNotReady) {
    return { status: 'waiting', reason: 'workspace', message: error.message };
  }
  return undefined;
}

/** The one place where what was thrown becomes an ending. */
async function endingOf(
  { lease, logger }: TurnEnvironment,
  work: () => Promise<Ending | 'again'>,
): Promise<Ending | 'again' | undefined> {
  try {
    return await work();
  } catch (error) {
    if (lease.lostSignal.aborted) return undefined;
    // Closed by the next look at the durable state.
    if (isInterruption(error, 'cancelled')) return 'again';
    if (isInterruption(error, 'stopping')) return { status: 'released' };
    const wait = waitFor(error);
    if (wait !== undefined) return wait;
    if (error instanceof ModelFailure) {
      logger.warn({ err: error }, 'turn.model_failed');
      return { status: 'failed', code: error.detail.code, message: error.detail.message };
    }
    if (PodexError.isInstance(error) && error.code !== 'internal') {
      logger.warn({ err: error }, 'turn.failed');
      return { status: 'failed', code: error.code, message: error.message };
    }
    logger.error({ err: error }, 'turn.crashed');
    const message =
      'Something went wrong in Podex. The log of the agent service has the detail under this turn’s id.';
    return { status: 'failed', code: 'internal', message };
  }
}

/** For the log. */
function outcomeOf(ending: Ending): string {
  return ending.status === 'waiting' ? `waiting_${ending.reason}` : ending.status;
}

async function release({ api, lease, logger }: TurnEnvironment, ending: Ending): Promise<string> {
  const input: ReleaseInput = { ...ending, lease_token: lease.turn.lease_token };
  try {
    const outcome = await lease.persist((call) => api.release(lease.turn.turn_id, input, call));
    return outcome === 'continue' ? 'continue' : outcomeOf(ending);
  } catch (error) {
    if (lease.lostSignal.aborted) return 'lease_lost';
    // The lease runs out and another worker decides the same, or api says why not.
    logger.error({ err: error, status: ending.status }, 'turn.release_failed');
    return 'release_failed';
  }
}
