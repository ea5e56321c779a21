import { PodexError } from '@podex/contracts/errors';
import { backoffMs } from '@podex/service-kit/waiting';

const WINDOW_MS = 60_000;
/** Within the window, and in different matters: one container that hangs is no reason to hold back the calls for all others. */
const MAX_FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Leave to make one call; given back with how it ended. */
interface Passage {
  isProbe: boolean;
  generation: number;
}

/**
 * `responded`: with success or a refusal. `failed`: the engine gave no response. `unknown`: the caller stopped waiting.
 */
export type CallEnding = 'responded' | 'failed' | 'unknown';

/**
 * Holds calls back from an engine that has stopped responding, so that nobody waits for what does not come. After a pause that grows each
 * time, one call at a time goes through; the first that gets a response lets all others through again.
 */
export class CircuitBreaker {
  /** Called each time it opens. */
  onOpen: () => void = () => undefined;
  readonly #nowMs: () => number;
  /** What failed last, and when. */
  readonly #failures = new Map<string, number>();
  #generation = 0;
  #unnamed = 0;
  #opensAtMs: number | undefined;
  #openings = 0;
  #closedAtMs = 0;
  #isProbing = false;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get state(): BreakerState {
    if (this.#opensAtMs === undefined) return 'closed';
    return this.#nowMs() < this.#opensAtMs ? 'open' : 'half_open';
  }

  /** Until the next call may go through: at least 1 second while one is on its way. */
  get retryAfterMs(): number {
    if (this.#opensAtMs === undefined) return 0;
    return Math.max(this.#opensAtMs - this.#nowMs(), this.#isProbing ? FIRST_PAUSE_MS : 0);
  }

  /** Undefined while calls are held back. What it returns is given to `leave` in any case. */
  enter(): Passage | undefined {
    const { state } = this;
    if (state === 'closed') return { isProbe: false, generation: this.#generation };
    if (state === 'open' || this.#isProbing) return undefined;
    this.#isProbing = true;
    return { isProbe: true, generation: this.#generation };
  }

  /** @param about what the call was about, when that is one container; another one each time when it is the engine. */
  leave({ isProbe, generation }: Passage, ending: CallEnding, about?: string): void {
    // A call that began before the breaker last changed says nothing of now.
    if (generation !== this.#generation) return;
    if (isProbe) this.#isProbing = false;
    if (ending === 'responded') this.#succeed(isProbe, about);
    if (ending === 'failed') this.#fail(isProbe, about);
  }

  /** The pause ends: there is a sign that the engine is back, or a person wants to know. */
  endPause(): void {
    if (this.#opensAtMs !== undefined) this.#opensAtMs = this.#nowMs();
  }

  /** Everything is forgotten, as of another engine. */
  reset(): void {
    this.#close();
    this.#openings = 0;
  }

  #succeed(isProbe: boolean, about: string | undefined): void {
    if (about !== undefined) this.#failures.delete(about);
    if (isProbe) this.#close();
  }

  #fail(isProbe: boolean, about: string | undefined): void {
    const nowMs = this.#nowMs();
    for (const [key, atMs] of this.#failures) if (nowMs - atMs > WINDOW_MS) this.#failures.delete(key);
    this.#unnamed += 1;
    this.#failures.set(about ?? `${this.#unnamed}`, nowMs);
    if (isProbe || this.#failures.size >= MAX_FAILURES) this.#open(nowMs);
  }

  #open(nowMs: number): void {
    // One that opens again soon after it closed goes on with its longer pauses.
    if (this.#opensAtMs === undefined && nowMs - this.#closedAtMs > WINDOW_MS) this.#openings = 0;
    this.#opensAtMs = nowMs + backoffMs(this.#openings, FIRST_PAUSE_MS, MAX_PAUSE_MS);
    this.#openings += 1;
    this.#generation += 1;
    this.#isProbing = false;
    this.#failures.clear();
    this.onOpen();
  }

  #close(): void {
    this.#opensAtMs = undefined;
    this.#closedAtMs = this.#nowMs();
    this.#generation += 1;
    this.#isProbing = false;
    this.#failures.clear();
  }
}

/** @returns the error of a call that was held back. */
export function heldBack(
  { serverId, serverName }: { serverId: string; serverName: string },
  breaker: CircuitBreaker,
): PodexError {
  return new PodexError(
    'server_unreachable',
    `The Docker engine of ${serverName} has stopped responding, so calls to it are held back; one is tried now and then. ` +
      'Check the load of the machine and the log of its Docker engine, and restart the engine when it hangs.',
    { server_id: serverId, retry_after_seconds: Math.max(1, Math.ceil(breaker.retryAfterMs / 1000)) },
  );
}
