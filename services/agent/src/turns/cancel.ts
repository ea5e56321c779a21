import { PodexError } from '@podex/contracts/errors';
import type { TurnContext } from '@podex/contracts/internal/turns';
import { linkSignals } from '@podex/service-kit/waiting';
import { failureText } from '../tools/failure-text.ts';
import { ToolInputError } from '../tools/tool.ts';
import { WorkspaceNotReady } from '../workspace/workspace-not-ready.ts';
import { ActingStep } from './acting-step.ts';
import { currentTurn, lastStep } from './next-action.ts';
import { StepJournal } from './step-journal.ts';
import { type PendingCall, pendingCalls } from './tool-calls.ts';
import type { TurnEnvironment } from './turn-environment.ts';

const CANCEL_TIMEOUT_MS = 15_000;

/** Closes what a cancelled turn left open: ends its commands in the workspace, its calls, and its step. */
export async function closeCancelled(environment: TurnEnvironment, context: TurnContext): Promise<void> {
  const step = lastStep(currentTurn(context));
  if (step === undefined || step.status === 'finished') return;
  const place = { stepId: step.step_id, stepIndex: step.step_index, nextIndex: step.next_index };
  const journal = new StepJournal(place, environment.lease, environment.api);
  const acting = new ActingStep(environment, context, { journal, isResumed: true });
  if (step.status === 'acting') {
    const calls = pendingCalls(step);
    await keepEarlierAttemptsOut(environment);
    const outcomes = await Promise.all(calls.map((call) => cancelCall(environment, call)));
    for (const [index, { state }] of calls.entries()) {
      await acting.end(state, { status: 'cancelled', output: cancelledText(outcomes[index]) });
    }
    await acting.finish('cancelled');
    return;
  }
  const { turn_id, step_id } = acting.ids;
  const finished = { turn_id, step_id, step_index: step.step_index, finish_reason: 'cancelled' };
  await journal.commit([{ type: 'step.finished', ...finished }], []);
}

/** A worker that was lost in the middle of a call must not go on with it once it was cancelled. */
async function keepEarlierAttemptsOut({ workspace, lease }: TurnEnvironment): Promise<void> {
  using bounds = linkSignals([lease.lostSignal], CANCEL_TIMEOUT_MS);
  try {
    await workspace.announceAttempt({ signal: bounds.signal, startTimeoutMs: 0 });
  } catch (error) {
    lease.lostSignal.throwIfAborted();
    // Nothing reaches a workspace that can’t be reached.
    if (!PodexError.isInstance(error)) throw error;
  }
}

/** What the call came to before it was cancelled; the way it failed when it could not be ended. */
async function cancelCall(
  environment: TurnEnvironment,
  { state, prepared }: PendingCall,
): Promise<string | undefined> {
  if (prepared instanceof ToolInputError) return undefined;
  const { workspace, lease } = environment;
  using bounds = linkSignals([lease.lostSignal], CANCEL_TIMEOUT_MS);
  try {
    return await prepared.cancel({ workspace, toolCallId: state.tool_call_id, signal: bounds.signal });
  } catch (error) {
    lease.lostSignal.throwIfAborted();
    if (error instanceof WorkspaceNotReady) return `It could not be ended: ${error.message}`;
    if (PodexError.isInstance(error)) return `It could not be ended: ${failureText(error)}`;
    throw error;
  }
}

function cancelledText(outcome: string | undefined): string {
  return outcome === undefined
    ? 'The user cancelled this.'
    : `The user cancelled this. Until then:\n${outcome}`;
}
