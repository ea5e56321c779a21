import { PodexError } from '@podex/contracts/errors';
import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { ToolCallId } from '@podex/contracts/ids';
import type { StepState, ToolCallState, TurnContext } from '@podex/contracts/internal/turns';
import { failureText, isForModel } from '../tools/failure-text.ts';
import { type PreparedCall, type ToolContext, ToolInputError } from '../tools/tool.ts';
import { requestApprovals } from './approvals.ts';
import { currentTurn } from './next-action.ts';
import { type EndedCall, endedCalls, MAX_SAME_CALLS, REPEAT_REFUSED, repeatVerdict } from './repeat-guard.ts';
import type { StepJournal } from './step-journal.ts';
import { type PendingCall, pendingCalls } from './tool-calls.ts';
import type { TurnEnvironment } from './turn-environment.ts';

interface CallEnd {
  status: Exclude<ToolCallState['status'], 'pending'>;
  output: string;
}

const DENIED =
  'The user denied this: it was not done. Do not try it again in another way; go on without it, or ask what they would like instead.';
const EXPIRED = 'Nobody answered the request to allow this, so it was not done.';

/**
 * Runs the calls of an acting step in their order, those that another worker began included. Calls that need a person’s approval
 * are asked for first, all at once; the turn then rests and comes back here.
 *
 * @throws TurnInterruption; PodexError when the workspace cannot be worked in, or the model goes in circles.
 */
export async function act(acting: ActingStep, step: StepState): Promise<'finished' | 'waiting_approval'> {
  try {
    return await actInOrder(acting, step);
  } catch (error) {
    await acting.journal.settle();
    throw error;
  }
}

async function actInOrder(acting: ActingStep, step: StepState): Promise<'finished' | 'waiting_approval'> {
  const isWaiting = await requestApprovals(acting, pendingCalls(step));
  if (isWaiting) {
    await acting.journal.flush();
    return 'waiting_approval';
  }
  for (const call of pendingCalls(step)) {
    if (!acting.hasEnded(call.state)) await acting.end(call.state, await runCall(acting, call));
  }
  await acting.finish('tool_calls');
  return 'finished';
}

async function runCall(acting: ActingStep, { state, prepared }: PendingCall): Promise<CallEnd> {
  if (prepared instanceof ToolInputError) return { status: 'failed', output: prepared.message };
  if (state.approval?.status === 'denied') return { status: 'denied', output: DENIED };
  if (state.approval !== null && state.approval.status !== 'approved')
    return { status: 'denied', output: EXPIRED };
  if (acting.isRepetition(state)) return { status: 'failed', output: REPEAT_REFUSED };
  return execute(acting, state, prepared);
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
  try {
    const result = await prepared.execute({
      ...acting.toolContext(state.tool_call_id),
      isResumed: acting.isResumed,
      onOutput: (text) => journal.add({ type: 'tool_call.output', ...callIds, text }),
    });
    log(result.isOk ? 'completed' : 'failed');
    return { status: result.isOk ? 'completed' : 'failed', output: result.output };
  } catch (error) {
    lease.signal.throwIfAborted();
    if (!isForModel(error)) throw error;
    log(error.code);
    return { status: 'failed', output: failureText(error) };
  }
}

/** The step whose calls run: where its events go, and what has ended so far. */
export class ActingStep {
  readonly environment: TurnEnvironment;
  readonly context: TurnContext;
  readonly journal: StepJournal;
  /** The step was begun by another worker, or before an approval. */
  readonly isResumed: boolean;
  readonly ids: { turn_id: TurnContext['turn_id']; step_id: StepState['step_id'] };
  readonly #ended: EndedCall[];
  readonly #endedIds = new Set<ToolCallId>();

  constructor(
    environment: TurnEnvironment,
    context: TurnContext,
    { journal, isResumed }: { journal: StepJournal; isResumed: boolean },
  ) {
    this.environment = environment;
    this.context = context;
    this.journal = journal;
    this.isResumed = isResumed;
    this.ids = { turn_id: context.turn_id, step_id: journal.stepId };
    this.#ended = endedCalls(currentTurn(context));
  }

  toolContext(toolCallId: ToolCallId): ToolContext {
    return { workspace: this.environment.workspace, toolCallId, signal: this.environment.lease.signal };
  }

  hasEnded(state: ToolCallState): boolean {
    return this.#endedIds.has(state.tool_call_id);
  }

  /** @throws PodexError limit_reached when the model repeats a call that it was told not to repeat. */
  isRepetition(state: ToolCallState): boolean {
    const verdict = repeatVerdict(this.#ended, state);
    if (verdict !== 'stop') return verdict === 'refuse';
    throw new PodexError(
      'limit_reached',
      `The agent made the same call (${state.tool}) again and again and was stopped. Tell it what to do differently, and it goes on.`,
      { limit: 'same tool call in a row', max: MAX_SAME_CALLS },
    );
  }

  async end(state: ToolCallState, { status, output }: CallEnd): Promise<void> {
    const told =
      output.length <= TOOL_OUTPUT_MAX_CHARACTERS
        ? output
        : `${output.slice(0, TOOL_OUTPUT_MAX_CHARACTERS - 1)}…`;
    this.#endedIds.add(state.tool_call_id);
    this.#ended.push({ tool: state.tool, input: state.input, output: told });
    await this.journal.add({
      type: 'tool_call.end',
      ...this.ids,
      tool_call_id: state.tool_call_id,
      status,
      output: told,
    });
  }

  async finish(reason: string): Promise<void> {
    const place = { ...this.ids, step_index: this.journal.stepIndex };
    await this.journal.add({ type: 'step.finished', ...place, finish_reason: reason });
    await this.journal.flush();
  }
}
