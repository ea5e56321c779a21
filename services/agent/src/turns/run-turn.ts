import { assertNever, PodexError } from '@podex/contracts/errors';
import type { ClaimedTurn, ReleaseInput, StepState, TurnContext } from '@podex/contracts/internal/turns';
import type { Logger } from '@podex/service-kit/logger';
import { FolderInstructions } from '../context/folder-instructions.ts';
import { instructionsMessage } from '../context/instructions-message.ts';
import { type ProjectFacts, readProjectFacts } from '../context/project-facts.ts';
import { systemPrompt } from '../context/system-prompt.ts';
import type { FallbackModel } from '../models/fallback-model.ts';
import { ModelFailure } from '../models/model-failure.ts';
import type { WorkspaceClient } from '../workspace/workspace-client.ts';
import { WorkspaceNotReady } from '../workspace/workspace-not-ready.ts';
import { act } from './act.ts';
import { ActingStep } from './acting-step.ts';
import { closeCancelled } from './cancel.ts';
import { grownContext } from './grown-context.ts';
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
  fallback: FallbackModel;
  chooseModel: TurnEnvironment['chooseModel'];
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
  let facts: Promise<ProjectFacts> | undefined;
  const projectFacts = () => {
    facts ??= readProjectFacts(workspace, lease.signal);
    return facts;
  };
  return {
    api: dependencies.api,
    lease,
    workspace,
    logger,
    maxSteps: dependencies.maxSteps,
    promptLimits: dependencies.promptLimits,
    fallback: dependencies.fallback,
    chooseModel: dependencies.chooseModel,
    promptStart: async ({ workspace_name: workspaceName, mode }) => {
      const { folders, ...told } = await projectFacts();
      return {
        system: systemPrompt({ workspaceName, mode, folders, today }),
        preamble: instructionsMessage(told),
      };
    },
    folderInstructions: new FolderInstructions(workspace, async () =>
      (await projectFacts()).instructions.map(({ path }) => path),
    ),
  };
}

/** The turn goes on, with the context of its next step; undefined when that must be read again. */
interface Onwards {
  context: TurnContext | undefined;
}

/**
 * Runs step after step until api accepts the release. The context is read when the turn is taken, and again when anything but the end
 * of a step came in between. Returns the outcome for the log.
 */
async function drive(environment: TurnEnvironment): Promise<string> {
  let kept: TurnContext | undefined;
  for (;;) {
    const known = kept;
    const ending = await endingOf(environment, async () =>
      advance(environment, known ?? (await readContext(environment))),
    );
    if (ending === undefined) return 'lease_lost';
    kept = isOnwards(ending) ? ending.context : undefined;
    if (isOnwards(ending)) continue;
    const outcome = await release(environment, ending);
    if (outcome !== 'continue') return outcome;
  }
}

function isOnwards(ending: Ending | Onwards): ending is Onwards {
  return 'context' in ending;
}

/** One step of the turn. */
async function advance(environment: TurnEnvironment, context: TurnContext): Promise<Ending | Onwards> {
  const { lease } = environment;
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
      const place = { stepId, stepIndex, nextIndex, rulesVersion: context.rules_version };
      const journal = new StepJournal(place, lease, environment.api);
      return actOn(new ActingStep(environment, context, { journal, isResumed: true }), action.step);
    }
    case 'think': {
      requireStepLeft(action.stepIndex, environment.maxSteps);
      const { step, journal } = await think(environment, context, action);
      if (step.status === 'finished') return onwards(context, step, journal);
      return actOn(new ActingStep(environment, context, { journal, isResumed: false }), step);
    }
    default:
      return assertNever(action);
  }
}

async function actOn(acting: ActingStep, step: StepState): Promise<Ending | Onwards> {
  const outcome = await act(acting, step);
  if (outcome !== 'finished') return { status: 'waiting', reason: outcome };
  return onwards(acting.context, acting.finished(step), acting.journal);
}

function onwards(context: TurnContext, finished: StepState, { news }: StepJournal): Onwards {
  return { context: news === undefined ? undefined : grownContext(context, finished, news) };
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
  if (PodexError.has(error, 'budget_exhausted')) return { status: 'waiting', reason: 'budget' };
  return undefined;
}

/** The one place where what was thrown becomes an ending. */
async function endingOf(
  { lease, logger }: TurnEnvironment,
  work: () => Promise<Ending | Onwards>,
): Promise<Ending | Onwards | undefined> {
  try {
    return await work();
  } catch (error) {
    if (lease.lostSignal.aborted) return undefined;
    // Closed by the next look at the durable state.
    if (isInterruption(error, 'cancelled')) return { context: undefined };
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
