import { PodexError } from '@podex/contracts/errors';
import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { FileVersion } from '@podex/contracts/file-versions';
import type { ToolCallId } from '@podex/contracts/ids';
import type { StepState, ToolCallState, TurnContext } from '@podex/contracts/internal/turns';
import { KnownFiles } from '../tools/known-files.ts';
import type { ToolContext } from '../tools/tool.ts';
import { currentTurn } from './next-action.ts';
import { type EndedCall, endedCalls, MAX_ROUNDS, repeatVerdict } from './repeat-guard.ts';
import type { StepJournal } from './step-journal.ts';
import type { TurnEnvironment } from './turn-environment.ts';

/** How one tool call ended, and the text that the model reads about it. */
export interface CallEnd {
  status: Exclude<ToolCallState['status'], 'pending'>;
  output: string;
  files?: FileVersion[] | undefined;
}

/** The step whose calls run: where its events go, and what has ended so far. */
export class ActingStep {
  readonly environment: TurnEnvironment;
  readonly context: TurnContext;
  readonly journal: StepJournal;
  /** The step was begun by another worker, or before an approval. */
  readonly isResumed: boolean;
  readonly ids: { turn_id: TurnContext['turn_id']; step_id: StepState['step_id'] };
  /** Versions that the conversation has seen. */
  readonly files: KnownFiles;
  readonly #ended: EndedCall[];
  readonly #ends = new Map<ToolCallId, CallEnd>();

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
    this.files = new KnownFiles(filesOf(context));
  }

  toolContext({ tool_call_id: toolCallId, approval }: ToolCallState): ToolContext {
    const { workspace, lease } = this.environment;
    const approvedFile = approval?.file ?? null;
    return { workspace, toolCallId, files: this.files, approvedFile, signal: lease.signal };
  }

  hasEnded(state: ToolCallState): boolean {
    return this.#ends.has(state.tool_call_id);
  }

  /** @throws PodexError limit_reached when the model repeats a call that it was told not to repeat. */
  isRepetition(state: ToolCallState): boolean {
    const verdict = repeatVerdict(this.#ended, state);
    if (verdict !== 'stop') return verdict === 'refuse';
    throw new PodexError(
      'limit_reached',
      `The agent made the same call (${state.tool}) several times in a row and was stopped. Tell it what to do differently.`,
      { limit: 'same tool calls in a row', max: MAX_ROUNDS },
    );
  }

  async end(state: ToolCallState, { status, output, files = [] }: CallEnd): Promise<void> {
    const told =
      output.length <= TOOL_OUTPUT_MAX_CHARACTERS
        ? output
        : `${output.slice(0, TOOL_OUTPUT_MAX_CHARACTERS - 1)}…`;
    this.#ends.set(state.tool_call_id, { status, output: told, files });
    for (const version of files) this.files.add(version);
    this.#ended.push({ tool: state.tool, input: state.input, output: told });
    await this.journal.add({
      type: 'tool_call.end',
      ...this.ids,
      tool_call_id: state.tool_call_id,
      status,
      output: told,
      ...(files.length > 0 ? { files } : {}),
    });
  }

  async finish(reason: string): Promise<void> {
    const place = { ...this.ids, step_index: this.journal.stepIndex };
    await this.journal.add({ type: 'step.finished', ...place, finish_reason: reason });
    await this.journal.flush();
  }

  /** The step once it is finished, with what its calls came to. */
  finished(step: StepState): StepState {
    return {
      ...step,
      status: 'finished',
      tool_calls: step.tool_calls.map((call) => ({ ...call, ...this.#ends.get(call.tool_call_id) })),
      next_index: this.journal.nextIndex,
    };
  }
}

function filesOf({ turns }: TurnContext): FileVersion[] {
  const steps = turns.flatMap((turn) => turn.steps);
  return steps.flatMap((step) => step.tool_calls.flatMap((call) => call.files ?? []));
}
