import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, pause } from '@podex/service-kit/waiting';
import type { TurnsApi } from './turns-api.ts';

const CLAIM_WAIT_MS = 25_000;
/** Turns are picked up again soon after api comes back. */
const MAX_CLAIM_PAUSE_MS = 3000;

export interface TurnWorkerOptions {
  api: TurnsApi;
  background: Background;
  logger: Logger;
  workerId: string;
  maxConcurrentTurns: number;
  run(turn: ClaimedTurn, stop: AbortSignal): Promise<void>;
}

/** Claims turns, one long poll at a time, and runs up to `maxConcurrentTurns` of them at once until the background stops. */
export class TurnWorker {
  readonly #options: TurnWorkerOptions;
  #running = 0;
  #onRoom: (() => void) | undefined;

  constructor(options: TurnWorkerOptions) {
    this.#options = options;
  }

  get runningTurns(): number {
    return this.#running;
  }

  start(): void {
    this.#options.background.run('turns.claim', (signal) => this.#claimAgainAndAgain(signal));
  }

  async #claimAgainAndAgain(signal: AbortSignal): Promise<void> {
    const { api, workerId, logger } = this.#options;
    signal.addEventListener('abort', () => this.#onRoom?.(), { once: true });
    for (let failures = 0; !signal.aborted; ) {
      await this.#waitForRoom(signal);
      try {
        const turn = await api.claim(workerId, CLAIM_WAIT_MS, signal);
        failures = 0;
        if (turn !== null) this.#begin(turn);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, failures }, 'turns.claim_failed');
        await pause(backoffMs(failures, 250, MAX_CLAIM_PAUSE_MS), signal);
        failures += 1;
      }
    }
  }

  #begin(turn: ClaimedTurn): void {
    this.#running += 1;
    this.#options.background.run('turn', async (signal) => {
      try {
        await this.#options.run(turn, signal);
      } finally {
        this.#running -= 1;
        this.#onRoom?.();
      }
    });
  }

  async #waitForRoom(signal: AbortSignal): Promise<void> {
    while (this.#running >= this.#options.maxConcurrentTurns && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
  }
}
