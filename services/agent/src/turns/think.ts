import { PodexError } from '@podex/contracts/errors';
import type { WorkerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import type { StepState, TurnContext } from '@podex/contracts/internal/turns';
import { pause } from '@podex/service-kit/waiting';
import { promptMessages } from '../context/history.ts';
import { charactersIn, pruneMessages } from '../context/prune.ts';
import { ModelFailure } from '../models/model-failure.ts';
import type { ChosenModel } from '../models/models.ts';
import type { PromptMessage } from '../models/prompt-message.ts';
import { TOOLS } from '../tools/tools.ts';
import { endedCall, endingOf, startedCall } from './model-call.ts';
import { ModelResponse } from './model-response.ts';
import type { PromptPlace } from './prompt-limits.ts';
import { faultOf } from './response-verdict.ts';
import { RetryLater } from './retry-later.ts';
import { HELD_PAUSE_MAX_MS, retryPauseMs } from './retry-plan.ts';
import { StepJournal } from './step-journal.ts';
import type { TurnEnvironment } from './turn-environment.ts';
import { isInterruption } from './turn-interruption.ts';

export interface ThinkTarget {
  stepIndex: number;
  /** A step that was asked for and has no whole response yet. */
  unanswered: StepState | undefined;
}

/** A step whose response is durable, and where its events go on. */
export interface ThoughtStep {
  step: StepState;
  journal: StepJournal;
}

/**
 * Asks the model once, its response streaming into events, and makes the whole response durable. A failed or broken response is asked
 * for again, which is said in events. A cancelled one is kept as far as it came.
 *
 * @throws ModelFailure when trying again is of no use, PodexError when there is no model or it may not be asked, TurnInterruption.
 */
export async function think(
  environment: TurnEnvironment,
  context: TurnContext,
  target: ThinkTarget,
): Promise<ThoughtStep> {
  const chosen = await environment.chooseModel(context.model, context.reasoning_effort);
  const isAway = environment.fallback.isAwayNow(chosen.name);
  const model = (isAway ? await otherModel(environment, context, chosen) : undefined) ?? chosen;
  const { unanswered, stepIndex } = target;
  const stepId = unanswered?.step_id ?? newId('step');
  const nextIndex = unanswered?.next_index ?? 0;
  const place = { stepId, stepIndex, nextIndex, rulesVersion: context.rules_version };
  const journal = new StepJournal(place, environment.lease, environment.api);
  const thinking = new Thinking(environment, context, model, journal, unanswered);
  try {
    const response = await thinking.requestWithRetries();
    return { step: await thinking.keep(response), journal };
  } catch (error) {
    await journal.settle();
    throw error;
  }
}

/** The operator’s second model; undefined when there is none beside `model`. */
async function otherModel(
  { fallback, chooseModel, logger }: TurnEnvironment,
  { reasoning_effort: effort }: TurnContext,
  model: ChosenModel,
): Promise<ChosenModel | undefined> {
  if (fallback.name === undefined) return undefined;
  try {
    const other = await chooseModel(fallback.name, effort);
    return other.name === model.name ? undefined : other;
  } catch (error) {
    if (!PodexError.isInstance(error)) throw error;
    logger.warn({ err: error }, 'turn.fallback_missing');
    return undefined;
  }
}

class Thinking {
  readonly #environment: TurnEnvironment;
  readonly #context: TurnContext;
  #model: ChosenModel;
  readonly #journal: StepJournal;
  readonly #unanswered: StepState | undefined;
  #isAnnounced = false;
  readonly #ids: { turn_id: TurnContext['turn_id']; step_id: StepState['step_id'] };

  constructor(
    environment: TurnEnvironment,
    context: TurnContext,
    model: ChosenModel,
    journal: StepJournal,
    unanswered: StepState | undefined,
  ) {
    this.#unanswered = unanswered;
    this.#environment = environment;
    this.#context = context;
    this.#model = model;
    this.#journal = journal;
    this.#ids = { turn_id: context.turn_id, step_id: journal.stepId };
  }

  /** Once, with the first call: a step that may not ask the model does not begin. */
  #announcement(): WorkerEvent[] {
    if (this.#isAnnounced) return [];
    this.#isAnnounced = true;
    const place = { ...this.#ids, step_index: this.#journal.stepIndex };
    return [
      this.#unanswered === undefined
        ? { type: 'step.started', ...place, model: this.#model.name }
        : { type: 'step.restarted', ...place, reason: 'The model is asked again.', model: this.#model.name },
    ];
  }

  async requestWithRetries(): Promise<ModelResponse> {
    for (let attempt = this.#attemptsBefore; ; attempt += 1) {
      const response = new ModelResponse(this.#ids, `${this.#journal.stepIndex}-${this.#journal.nextIndex}`);
      try {
        await this.#stream(response);
        return response;
      } catch (error) {
        if (isInterruption(error, 'cancelled') && this.#hasBegun) await this.#keepBrokenOff(response);
        if (!(error instanceof ModelFailure)) throw error;
        if (await this.#fallBack(error, attempt)) continue;
        await this.#waitToRetry(error, this.#planRetry(error, attempt), response.hasBegun);
      }
    }
  }

  get #hasBegun(): boolean {
    return this.#isAnnounced || this.#unanswered !== undefined;
  }

  /** Failed ones of this step, of other workers as well. */
  get #attemptsBefore(): number {
    return this.#unanswered?.retries ?? 0;
  }

  get #promptPlace(): PromptPlace {
    return { conversationId: this.#context.conversation_id, model: this.#model.name };
  }

  /** Turns to the other model for the rest of the step. @returns false when there is none, or it would fail as well. */
  async #fallBack({ detail }: ModelFailure, attempt: number): Promise<boolean> {
    const { fallback, logger } = this.#environment;
    const model = this.#model.name;
    const pauseMs = retryPauseMs(detail, attempt) ?? Number.POSITIVE_INFINITY;
    if (!fallback.replaces({ model, detail, attempt, pauseMs })) return false;
    const other = await otherModel(this.#environment, this.#context, this.#model);
    if (other === undefined) return false;
    this.#model = other;
    logger.warn({ turn_id: this.#ids.turn_id, model, fallback: other.name }, 'turn.model_fallback');
    const reason = `${detail.message} ${other.name} is asked instead.`;
    const place = { ...this.#ids, step_index: this.#journal.stepIndex };
    await this.#journal.add(
      { type: 'step.retrying', ...this.#ids, reason, retry_in_ms: 0 },
      { type: 'step.restarted', ...place, reason, model: other.name },
    );
    return true;
  }

  /** @returns the pause in milliseconds. @throws the failure when trying again is of no use. */
  #planRetry(failure: ModelFailure, attempt: number): number {
    const pauseMs = retryPauseMs(failure.detail, attempt);
    if (pauseMs === undefined) throw failure;
    if (failure.detail.isTooLong && !this.#shortenPrompt()) throw failure;
    return pauseMs;
  }

  /** Half of what was sent is what this conversation may have from now on. @returns whether there is anything to leave out. */
  #shortenPrompt(): boolean {
    const sent = this.#messages();
    const half = Math.floor(charactersIn(sent) / 2);
    if (charactersIn(pruneMessages(sent, half)) >= charactersIn(sent)) return false;
    this.#environment.promptLimits.shorten(this.#promptPlace, half);
    return true;
  }

  #messages(): PromptMessage[] {
    const max = this.#environment.promptLimits.maxCharacters(this.#promptPlace, this.#model.maxPromptTokens);
    return pruneMessages(promptMessages(this.#context.turns, this.#journal.stepIndex), max);
  }

  async #stream(response: ModelResponse): Promise<void> {
    const { lease, promptLimits } = this.#environment;
    const messages = this.#messages();
    const prompt = { ...(await this.#environment.promptStart(this.#context)), messages, tools: TOOLS };
    // api refuses it when nothing more may be spent.
    await this.#journal.add(...this.#announcement(), startedCall(this.#ids, this.#model.name, prompt));
    await this.#journal.flush();
    try {
      for await (const part of this.#model.ask(prompt, lease.signal)) {
        for (const event of response.take(part)) await this.#journal.add(event);
      }
      const fault = faultOf({ ...response.facts, followsResults: messages.at(-1)?.role === 'tool' });
      if (fault !== undefined) throw fault;
    } catch (error) {
      await this.#journal.add(endedCall(this.#ids, response, endingOf(error, response)));
      throw error;
    }
    promptLimits.measure(this.#promptPlace, {
      characters:
        JSON.stringify([prompt.system, prompt.preamble, prompt.tools]).length + charactersIn(messages),
      tokens: response.finish?.usage?.inputTokens ?? 0,
    });
  }

  async #waitToRetry(failure: ModelFailure, pauseMs: number, hasBegun: boolean): Promise<void> {
    const { lease, logger } = this.#environment;
    const reason = failure.detail.message;
    logger.warn({ err: failure, turn_id: this.#ids.turn_id, pause_ms: pauseMs }, 'turn.model_retry');
    await this.#journal.add({
      type: 'step.retrying',
      ...this.#ids,
      reason,
      retry_in_ms: Math.round(pauseMs),
    });
    await this.#journal.flush();
    if (pauseMs > HELD_PAUSE_MAX_MS) throw new RetryLater(reason, pauseMs, { cause: failure });
    try {
      await pause(pauseMs, lease.signal);
    } catch (error) {
      if (lease.isCancelled) await this.#keepBrokenOff(new ModelResponse(this.#ids, ''));
      lease.signal.throwIfAborted();
      throw error;
    }
    if (!hasBegun) return;
    const place = { ...this.#ids, step_index: this.#journal.stepIndex };
    await this.#journal.add({ type: 'step.restarted', ...place, reason });
  }

  /** The response, its calls and usage become durable in one batch; without calls the step is finished with it. */
  async keep(response: ModelResponse): Promise<StepState> {
    const assistant = response.assistant();
    const calls = assistant.filter((part) => part.type === 'tool_call');
    const isTruncated = response.facts.outcome === 'truncated';
    const ending = { outcome: response.facts.outcome, code: null };
    const events = [...response.readyEvents(), endedCall(this.#ids, response, ending)];
    if (calls.length === 0)
      events.push({
        ...this.#finished(response.finishReason),
        ...(isTruncated ? { is_truncated: true } : {}),
      });
    await this.#journal.commit(events, assistant);
    return {
      step_id: this.#journal.stepId,
      step_index: this.#journal.stepIndex,
      status: calls.length === 0 ? 'finished' : 'acting',
      assistant,
      tool_calls: calls.map(({ tool_call_id, tool, input }) => ({
        tool_call_id,
        tool,
        input,
        status: 'pending',
        output: null,
        approval: null,
      })),
      is_truncated: isTruncated,
      next_index: this.#journal.nextIndex,
      retries: this.#attemptsBefore,
    };
  }

  async #keepBrokenOff(response: ModelResponse): Promise<void> {
    const events = response.breakOff();
    await this.#journal.commit([...events, this.#finished('cancelled')], response.assistant());
  }

  #finished(reason: string): Extract<WorkerEvent, { type: 'step.finished' }> {
    return {
      type: 'step.finished',
      ...this.#ids,
      step_index: this.#journal.stepIndex,
      finish_reason: reason,
    };
  }
}
