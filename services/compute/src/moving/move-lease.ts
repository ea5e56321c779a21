import { PodexError } from '@podex/contracts/errors';
import type { MoveProgressInput, MoveTask } from '@podex/contracts/internal/moving';
import { pause } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';

const REPORT_EVERY_MS = 1_000;
/** Of the lease’s time: without news it is renewed all the same. */
const RENEW_AFTER = 0.25;
/** Of the lease’s time: then another may have it. */
const USABLE_LEASE = 0.7;

type Progress = Omit<MoveProgressInput, 'lease_token'>;

/** Tells api how far a move is, at most once a second, and keeps its lease by that. */
export class MoveLease {
  readonly #api: Pick<ApiClient, 'reportMove'>;
  readonly #task: MoveTask;
  readonly #lost = new AbortController();
  #progress: Progress = { status: 'copying', bytes_done: 0, bytes_total: null, files_total: null };
  #renewedAtMs = performance.now();

  constructor(api: Pick<ApiClient, 'reportMove'>, task: MoveTask) {
    this.#api = api;
    this.#task = task;
  }

  /** Aborts when the lease is another’s, the move was cancelled, or api was away for too long. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  note(progress: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...progress };
  }

  /** What was noted is told before this resolves. @throws PodexError workspace_changed. */
  async tell(): Promise<void> {
    await this.#api.reportMove(this.#task.id, { lease_token: this.#task.lease_token, ...this.#progress });
    this.#renewedAtMs = performance.now();
  }

  /** Until the signal aborts or the lease is lost. Never throws. */
  async keep(signal: AbortSignal): Promise<void> {
    let told = '';
    while (!signal.aborted && !this.lost.aborted) {
      await pause(REPORT_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const news = JSON.stringify(this.#progress);
      const isDue = performance.now() - this.#renewedAtMs > this.#task.lease_ttl_ms * RENEW_AFTER;
      if (news === told && !isDue) continue;
      try {
        await this.tell();
        told = news;
      } catch (error) {
        const isOver = performance.now() - this.#renewedAtMs > this.#task.lease_ttl_ms * USABLE_LEASE;
        if (PodexError.has(error, 'workspace_changed') || isOver) this.#lost.abort(error);
      }
    }
  }
}
