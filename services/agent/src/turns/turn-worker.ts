import type { ClaimedTurn } from '@podex/contracts/internal/turns';
import type { Background } from '@podex/service-kit/background';
import { startClaimLoop } from '@podex/service-kit/claim-loop';
import type { TurnsApi } from './turns-api.ts';

const CLAIM_WAIT_MS = 25_000;

export interface TurnWorkerOptions {
  api: TurnsApi;
  background: Background;
  workerId: string;
  maxConcurrentTurns: number;
  run(turn: ClaimedTurn, stop: AbortSignal): Promise<void>;
}

/** Claims turns and runs up to `maxConcurrentTurns` of them at once until the background stops. */
export function startTurnWorker({
  api,
  background,
  workerId,
  maxConcurrentTurns,
  run,
}: TurnWorkerOptions): void {
  startClaimLoop<ClaimedTurn>({
    name: 'turn',
    background,
    maxConcurrent: maxConcurrentTurns,
    async claim(_room, signal) {
      const turn = await api.claim(workerId, CLAIM_WAIT_MS, signal);
      return turn === null ? [] : [turn];
    },
    run,
  });
}
