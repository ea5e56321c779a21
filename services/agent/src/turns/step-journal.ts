import type { WorkerEvent } from '@podex/contracts/events';
import type { StepId } from '@podex/contracts/ids';
import type { AssistantPart, StepNews } from '@podex/contracts/internal/turns';
import { pause } from '@podex/service-kit/waiting';
import type { Lease } from './lease.ts';
import type { TurnsApi } from './turns-api.ts';

const FLUSH_EVERY_MS = 60;
const FLUSH_AT_EVENTS = 50;
/** The contract takes 500. */
const MAX_BATCH_EVENTS = 400;
const MAX_BATCH_CHARACTERS = 512 * 1024;
/** Above it callers that add wait, so that a fast stream cannot outrun api. */
const MAX_PENDING_EVENTS = 1000;

export interface StepPlace {
  stepId: StepId;
  stepIndex: number;
  /** Number of the next event of this step. */
  nextIndex: number;
  /** Of the rules that the worker has; left out, it is told them with the end of the step. */
  rulesVersion?: string | undefined;
}

/**
 * The events of one step on their way to api: joined where they continue each other, numbered, appended in batches and in
 * order. A batch that may have been taken is sent again as it was, so none is there twice.
 */
export class StepJournal {
  readonly stepId: StepId;
  readonly stepIndex: number;
  readonly #lease: Lease;
  readonly #api: TurnsApi;
  readonly #rulesVersion: string | undefined;
  #news: StepNews | undefined;
  #nextIndex: number;
  #pending: WorkerEvent[] = [];
  #sending: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
  #lastSentAt = 0;

  constructor(place: StepPlace, lease: Lease, api: TurnsApi) {
    this.stepId = place.stepId;
    this.stepIndex = place.stepIndex;
    this.#nextIndex = place.nextIndex;
    this.#rulesVersion = place.rulesVersion;
    this.#lease = lease;
    this.#api = api;
  }

  get nextIndex(): number {
    return this.#nextIndex + this.#pending.length;
  }

  /** What came from others, once the end of the step is durable. */
  get news(): StepNews | undefined {
    return this.#news;
  }

  /** Returns at once unless too much is waiting. A few events that are added together are taken or refused together. @throws what an earlier append failed with. */
  async add(...events: WorkerEvent[]): Promise<void> {
    this.#throwFailure();
    for (const event of events) {
      const joined = joinEvents(this.#pending.at(-1), event);
      if (joined === undefined) this.#pending.push(event);
      else this.#pending[this.#pending.length - 1] = joined;
    }
    this.#sending ??= this.#send();
    if (this.#pending.length >= MAX_PENDING_EVENTS) await this.#sending;
  }

  /** Everything that was added is durable afterwards. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#sending !== undefined) {
      this.#throwFailure();
      this.#isHurried = true;
      this.#hurry?.();
      this.#sending ??= this.#send();
      await this.#sending;
    }
    this.#throwFailure();
  }

  /** Waits until nothing is on its way any more, whatever became of it: before the turn rests for another reason. */
  async settle(): Promise<void> {
    while (this.#failure === undefined && (this.#pending.length > 0 || this.#sending !== undefined)) {
      this.#sending ??= this.#send();
      await this.#sending;
    }
  }

  /** Appends what waits, these events and the model’s whole response in one batch: all of it is durable, or nothing. */
  async commit(events: readonly WorkerEvent[], assistant: readonly AssistantPart[]): Promise<void> {
    if (this.#pending.length + events.length > MAX_BATCH_EVENTS) await this.flush();
    this.#isCommitting = true;
    try {
      this.#hurry?.();
      await this.#sending;
      this.#throwFailure();
      const batch = [...this.#pending, ...events];
      this.#pending = [];
      await this.#append(batch, assistant);
    } finally {
      this.#isCommitting = false;
    }
  }

  /** What waits is left to the commit. */
  #isCommitting = false;
  #isHurried = false;
  #hurry: (() => void) | undefined;

  async #send(): Promise<void> {
    try {
      while (this.#pending.length > 0 && !this.#isCommitting) {
        await this.#gather();
        if (this.#isCommitting) return;
        const batch = takeBatch(this.#pending);
        this.#pending = this.#pending.slice(batch.length);
        await this.#append(batch);
      }
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#isHurried = false;
      this.#sending = undefined;
    }
  }

  /** Lets a few events come together; the first after a pause goes at once. */
  async #gather(): Promise<void> {
    const waitMs = this.#lastSentAt + FLUSH_EVERY_MS - performance.now();
    if (this.#isHurried || waitMs <= 0 || this.#pending.length >= FLUSH_AT_EVENTS) return;
    const hurry = new AbortController();
    this.#hurry = () => hurry.abort();
    try {
      await pause(waitMs, hurry.signal);
    } catch (error) {
      if (!hurry.signal.aborted) throw error;
    } finally {
      this.#hurry = undefined;
    }
  }

  async #append(events: readonly WorkerEvent[], assistant?: readonly AssistantPart[]): Promise<void> {
    const { turn_id: turnId, lease_token: token } = this.#lease.turn;
    const input = {
      lease_token: token,
      step_id: this.stepId,
      step_index: this.stepIndex,
      first_index: this.#nextIndex,
      events: [...events],
      ...(assistant === undefined ? {} : { assistant: [...assistant] }),
      ...(this.#rulesVersion === undefined ? {} : { rules_version: this.#rulesVersion }),
    };
    this.#nextIndex += events.length;
    const { news } = await this.#lease.persistAndNote((call) => this.#api.append(turnId, input, call));
    if (news !== null) this.#news = news;
    this.#lastSentAt = performance.now();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** One event that says what both say; undefined when they are not pieces of the same thing. */
function joinEvents(last: WorkerEvent | undefined, next: WorkerEvent): WorkerEvent | undefined {
  if (last === undefined) return undefined;
  const isSamePart =
    (last.type === 'text.delta' && next.type === 'text.delta') ||
    (last.type === 'reasoning.delta' && next.type === 'reasoning.delta');
  if (isSamePart && last.part_id === next.part_id) return { ...last, text: last.text + next.text };
  if (last.type === 'tool_call.output' && next.type === 'tool_call.output') {
    return last.tool_call_id === next.tool_call_id ? { ...last, text: last.text + next.text } : undefined;
  }
  if (last.type === 'tool_call.input' && next.type === 'tool_call.input') {
    return last.tool_call_id === next.tool_call_id ? { ...last, delta: last.delta + next.delta } : undefined;
  }
  return undefined;
}

function takeBatch(pending: readonly WorkerEvent[]): WorkerEvent[] {
  const batch: WorkerEvent[] = [];
  let characters = 0;
  for (const event of pending.slice(0, MAX_BATCH_EVENTS)) {
    characters += JSON.stringify(event).length;
    if (batch.length > 0 && characters > MAX_BATCH_CHARACTERS) break;
    batch.push(event);
  }
  return batch;
}
