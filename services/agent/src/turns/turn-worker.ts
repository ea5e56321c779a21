import type { TurnId } from '@podex/contracts/ids';
import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import type { Background } from '@podex/service-kit/background';
import { startClaimLoop } from '@podex/service-kit/claim-loop';
import { linkSignals } from '@podex/service-kit/waiting';
import type { TurnsApi } from './turns-api.ts';

const CLAIM_WAIT_MS = 25_000;

/** Why a turn that runs is to be left: another worker goes on with it, or this one has it a second time. */
export interface TurnSignals {
  stopping: AbortSignal;
  superseded: AbortSignal;
}

export interface TurnWorkerOptions {
  api: TurnsApi;
  background: Background;
  workerId: string;
  maxConcurrentTurns: number;
  /** Never throws. Returns how the turn was left. */
  run(turn: ClaimedTurn, signals: TurnSignals): Promise<string>;
}

/** Claims turns and runs up to `maxConcurrentTurns` of them at once until the background stops. */
export function startTurnWorker(options: TurnWorkerOptions): void {
  const { api, background, workerId, maxConcurrentTurns } = options;
  const runs = new Map<TurnId, { superseded: AbortController; ended: Promise<string> }>();
  let asking = new AbortController();

  async function claim(signal: AbortSignal): Promise<ClaimedTurn[]> {
    asking = new AbortController();
    using linked = linkSignals([signal, asking.signal]);
    try {
      const turn = await api.claim(workerId, CLAIM_WAIT_MS, linked.signal);
      return turn === null ? [] : [turn];
    } catch (error) {
      if (asking.signal.aborted) return [];
      throw error;
    }
  }

  /** A turn that was lost and is claimed again is left by its earlier run first: of one turn only one attempt acts. */
  async function run(turn: ClaimedTurn, stopping: AbortSignal): Promise<void> {
    const earlier = runs.get(turn.turn_id);
    earlier?.superseded.abort();
    await earlier?.ended;
    const superseded = new AbortController();
    const ended = options.run(turn, { stopping, superseded: superseded.signal });
    runs.set(turn.turn_id, { superseded, ended });
    const outcome = await ended;
    if (runs.get(turn.turn_id)?.ended === ended) runs.delete(turn.turn_id);
    // api gives a lost turn back only to a worker that has asked since the loss.
    if (outcome === 'lease_lost') asking.abort();
  }

  startClaimLoop<ClaimedTurn>({
    name: 'turn',
    background,
    maxConcurrent: maxConcurrentTurns,
    claim: (_room, signal) => claim(signal),
    run,
  });
}
