import { PodexError } from '@podex/contracts/errors';
import type { ClaimedTurn, LeaseState } from '@podex/contracts/internal/turns';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, linkSignals, pause } from '@podex/service-kit/waiting';
import { type InterruptionKind, TurnInterruption } from './turn-interruption.ts';
import type { ApiCall, TurnsApi } from './turns-api.ts';

const CALL_TIMEOUT_MS = 10_000;
/** A cancel is seen within this time, even when nothing is appended. */
const MAX_RENEW_EVERY_MS = 2000;
/** Of a call that api answers with an error of its own again and again. */
const MAX_INTERNAL_ERRORS = 6;

/**
 * A worker’s hold on a turn. It renews itself until it is ended, and interrupts the work through `signal` when the turn is
 * cancelled, when the hold is lost (api says so, or time runs out while api is away), or when the service stops.
 */
export class Lease {
  readonly turn: ClaimedTurn;
  readonly #api: TurnsApi;
  readonly #logger: Logger;
  readonly #interrupted = new AbortController();
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #deadline: number;
  #capability: string;
  #expiry: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;

  constructor(turn: ClaimedTurn, api: TurnsApi, logger: Logger) {
    this.turn = turn;
    this.#api = api;
    this.#logger = logger;
    this.#deadline = Date.now() + turn.lease_ttl_ms;
    this.#capability = turn.capability;
    this.#watchExpiry();
  }

  /**
   * What opens the workspace of this turn; a fresh one comes with each renewal. A process that was frozen for longer than its hold
   * learns it here, before it does anything.
   *
   * @throws TurnInterruption lease_lost.
   */
  get capability(): string {
    if (Date.now() >= this.#deadline) this.interrupt('lease_lost');
    this.lostSignal.throwIfAborted();
    return this.#capability;
  }

  /** Aborted by the first interruption, with a TurnInterruption. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Aborted when nothing may be written any more. */
  get lostSignal(): AbortSignal {
    return this.#lost.signal;
  }

  get isCancelled(): boolean {
    const { reason } = this.signal;
    return reason instanceof TurnInterruption && reason.kind === 'cancelled';
  }

  start(): void {
    this.#renewing = this.#renewAgainAndAgain();
  }

  /** Stops renewing; the hold itself is given back by resting. */
  async end(): Promise<void> {
    clearTimeout(this.#expiry);
    this.#ended.abort(new Error('the lease has ended'));
    await this.#renewing;
  }

  interrupt(kind: InterruptionKind): void {
    const interruption = new TurnInterruption(kind);
    if (kind === 'lease_lost') this.#lost.abort(interruption);
    this.#interrupted.abort(interruption);
  }

  /**
   * Calls api for this turn, again and again while api is away, as long as the hold lasts.
   *
   * @throws TurnInterruption lease_lost, or the PodexError that api refuses with.
   */
  async persist<Result>(work: (call: ApiCall) => Promise<Result>): Promise<Result> {
    for (let attempt = 0; ; attempt += 1) {
      this.lostSignal.throwIfAborted();
      try {
        return await work(this.#call());
      } catch (error) {
        this.lostSignal.throwIfAborted();
        if (PodexError.has(error, 'lease_lost')) this.interrupt('lease_lost');
        if (!isPassing(error, attempt)) throw this.lostSignal.aborted ? this.lostSignal.reason : error;
        await this.#pauseWhileHeld(backoffMs(attempt, 100, 2000));
      }
    }
  }

  /** As `persist`, for calls that answer how the hold stands; counted from when the answered call was sent. */
  async persistAndNote<State extends LeaseState>(work: (call: ApiCall) => Promise<State>): Promise<State> {
    return this.persist(async (call) => {
      const askedAt = Date.now();
      const state = await work(call);
      this.#deadline = Math.max(this.#deadline, askedAt + state.expires_in_ms);
      this.#watchExpiry();
      this.#capability = state.capability;
      if (state.cancel_requested) this.interrupt('cancelled');
      return state;
    });
  }

  async #pauseWhileHeld(ms: number): Promise<void> {
    try {
      await pause(ms, this.lostSignal);
    } catch (error) {
      this.lostSignal.throwIfAborted();
      throw error;
    }
  }

  #call(): ApiCall {
    const remainingMs = Math.max(1, this.#deadline - Date.now());
    return { signal: this.lostSignal, timeoutMs: Math.min(CALL_TIMEOUT_MS, remainingMs) };
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry);
    if (this.#ended.signal.aborted) return;
    this.#expiry = setTimeout(() => this.interrupt('lease_lost'), Math.max(0, this.#deadline - Date.now()));
  }

  async #renewAgainAndAgain(): Promise<void> {
    const everyMs = Math.min(MAX_RENEW_EVERY_MS, this.turn.lease_ttl_ms / 4);
    const { turn_id: turnId, lease_token: token } = this.turn;
    using linked = linkSignals([this.lostSignal, this.#ended.signal]);
    const { signal } = linked;
    try {
      for (;;) {
        await pause(everyMs, signal);
        await this.persistAndNote((call) => this.#api.renew(turnId, token, { ...call, signal }));
      }
    } catch (error) {
      if (this.#ended.signal.aborted || this.lostSignal.aborted) return;
      // api refuses for good: the work must not go on without a hold.
      this.#logger.error({ err: error, turn_id: turnId }, 'turn.renew_failed');
      this.interrupt('lease_lost');
    }
  }
}

function isPassing(error: unknown, attempt: number): boolean {
  if (!PodexError.isInstance(error)) return false;
  if (error.code === 'internal') return attempt < MAX_INTERNAL_ERRORS;
  return error.code === 'service_unavailable' || error.code === 'timed_out';
}
