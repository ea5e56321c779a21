import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { StepState, ToolCallState } from '@podex/contracts/internal/turns';
import { failureText, isForModel } from '../tools/failure-text.ts';
import { type PreparedCall, ToolInputError, type ToolResult } from '../tools/tool.ts';
import type { ActingStep, CallEnd } from './acting-step.ts';
import { requestApprovals } from './approvals.ts';
import { callBatches } from './call-batches.ts';
import { decisionOn } from './call-policy.ts';
import { REPEAT_REFUSED } from './repeat-guard.ts';
import { type PendingCall, pendingCalls } from './tool-calls.ts';
import { keepBeforeChanges } from './turn-checkpoint.ts';

const DENIED =
  'The user denied this: it was not done. Do not try it again in another way; go on without it, or ask what they would like instead.';
const SEPARATOR = '\n\n';
const EXPIRED = 'Nobody decided on the request to allow this in time, so it was not done.';

/** `approval` and `input`: the turn rests until a person has decided. */
type ActingOutcome = 'finished' | 'approval' | 'input';

/**
 * Runs the calls of an acting step in their order, those that another worker began included. Calls that need a person’s approval
 * are asked for first, all at once; the turn then rests and comes back here.
 *
 * @throws TurnInterruption; PodexError when the workspace cannot be worked in, or the model goes in circles.
 */
export async function act(acting: ActingStep, step: StepState): Promise<ActingOutcome> {
  try {
    return await actInOrder(acting, step);
  } catch (error) {
    await acting.journal.settle();
    throw error;
  }
}

async function actInOrder(acting: ActingStep, step: StepState): Promise<ActingOutcome> {
  const waitsFor = await requestApprovals(acting, pendingCalls(step));
  if (waitsFor !== undefined) {
    await acting.journal.flush();
    return waitsFor;
  }
  const calls = pendingCalls(step).filter(({ state }) => !acting.hasEnded(state));
  for (const batch of callBatches(calls)) await runBatch(acting, batch);
  await acting.finish('tool_calls');
  return 'finished';
}

/** All at once; their ends are told in their order. Nothing of it runs on afterwards, even when one throws. */
async function runBatch(acting: ActingStep, batch: readonly PendingCall[]): Promise<void> {
  const running = batch.map((call) => runCall(acting, call));
  const settled = Promise.allSettled(running);
  try {
    for (const [index, end] of running.entries()) {
      const call = batch[index];
      if (call !== undefined) await acting.end(call.state, await end);
    }
  } finally {
    await settled;
  }
}

async function runCall(acting: ActingStep, { state, prepared }: PendingCall): Promise<CallEnd> {
  if (prepared instanceof ToolInputError) return { status: 'failed', output: prepared.message };
  const { approval } = state;
  if (approval !== null && prepared.effect.kind === 'asks') return runAnswered(acting, state, prepared);
  if (approval?.status === 'denied') return { status: 'denied', output: DENIED };
  const decision = decisionOn(acting.context, prepared);
  if (decision.verdict === 'deny') return { status: 'denied', output: deniedText(decision.reason) };
  const mayRun = approval === null ? decision.verdict === 'allow' : approval.status === 'approved';
  if (!mayRun) return { status: 'denied', output: EXPIRED };
  if (acting.isRepetition(state)) return { status: 'failed', output: REPEAT_REFUSED };
  return execute(acting, state, prepared);
}

/** What asks has done so. The mode may be another since: it is not decided on again. */
async function runAnswered(
  acting: ActingStep,
  state: ToolCallState,
  prepared: PreparedCall,
): Promise<CallEnd> {
  const { approval } = state;
  if (approval?.status === 'approved') return execute(acting, state, prepared);
  return { status: 'denied', output: prepared.declined(approval?.answer ?? null) ?? DENIED };
}

function deniedText(reason: string): string {
  return `${reason}. This was not done. Do not try it again in another way; go on without it, or tell the user what you would need.`;
}

async function execute(acting: ActingStep, state: ToolCallState, prepared: PreparedCall): Promise<CallEnd> {
  const { lease, logger } = acting.environment;
  const { ids, journal } = acting;
  const callIds = { ...ids, tool_call_id: state.tool_call_id };
  const startedAt = performance.now();
  const log = (outcome: string) =>
    logger.debug(
      { ...callIds, tool: state.tool, outcome, duration_ms: Math.round(performance.now() - startedAt) },
      'turn.tool',
    );
  lease.signal.throwIfAborted();
  const isReadOnly = acting.context.mode === 'plan';
  if (prepared.effect.kind === 'mutates' && !isReadOnly) {
    await keepBeforeChanges(acting);
    // What a change may replace follows from calls before it: a worker that takes over must know the same.
    await journal.flush();
  }
  try {
    const result = await prepared.execute({
      ...acting.toolContext(state),
      isResumed: acting.isResumed,
      answer: state.approval?.answer ?? null,
      isReadOnly,
      onOutput: (text) => journal.add({ type: 'tool_call.output', ...callIds, text }),
    });
    log(result.isOk ? 'completed' : 'failed');
    return result.isOk
      ? await withInstructions(acting, prepared, result)
      : { status: 'failed', output: result.output, files: result.files };
  } catch (error) {
    lease.signal.throwIfAborted();
    if (!isForModel(error)) throw error;
    log(error.code);
    return { status: 'failed', output: failureText(error) };
  }
}

/** With what the folders that the call was about say to agents, where the conversation was not told yet. */
async function withInstructions(
  { environment, files }: ActingStep,
  { effect }: PreparedCall,
  result: ToolResult,
): Promise<CallEnd> {
  const room = TOOL_OUTPUT_MAX_CHARACTERS - result.output.length - SEPARATOR.length;
  const { signal } = environment.lease;
  const told = await environment.folderInstructions.tell(effect.paths ?? [], { files, room, signal });
  if (told === undefined) return { status: 'completed', output: result.output, files: result.files };
  return {
    status: 'completed',
    output: `${result.output}${SEPARATOR}${told.text}`,
    files: [...(result.files ?? []), ...told.versions],
  };
}
