import { PodexError } from '@podex/contracts/errors';
import type { MoveEndInput, MoveTask } from '@podex/contracts/internal/moving';
import type { PlacementRefusal } from '@podex/contracts/placement';
import type { Background } from '@podex/service-kit/background';
import { startClaimLoop } from '@podex/service-kit/claim-loop';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs, linkSignals } from '@podex/service-kit/waiting';
import type { ApiClient } from '../api/api-client.ts';
import type { Mover } from './move.ts';
import { MoveLease } from './move-lease.ts';

const MAX_CONCURRENT = 4;
const CLAIM_WAIT_MS = 20_000;
/** Failed tries in a row after which the workspace stays where it is. */
const MAX_ATTEMPTS = 8;
const MAX_RETRY_MS = 60_000;
const BUSY_RETRY_MS = 3_000;

export interface MoveWorkerOptions {
  api: Pick<ApiClient, 'claimMoves' | 'reportMove' | 'endMove'>;
  mover: Pick<Mover, 'move' | 'clean'>;
  background: Background;
  logger: Logger;
}

const REASON_LENGTH = 1000;

type End = Omit<MoveEndInput, 'lease_token'>;

/** Claims moves from api, works on each as long as its lease is kept, and says how it ended. */
export class MoveWorker {
  readonly #options: MoveWorkerOptions;

  constructor(options: MoveWorkerOptions) {
    this.#options = options;
  }

  start(): void {
    const { api, background } = this.#options;
    startClaimLoop<MoveTask>({
      name: 'move',
      background,
      maxConcurrent: MAX_CONCURRENT,
      claim: (room, signal) => api.claimMoves(room, CLAIM_WAIT_MS, signal),
      run: (task, signal) => this.#work(task, signal),
    });
  }

  async #work(task: MoveTask, signal: AbortSignal): Promise<void> {
    const { api, logger } = this.#options;
    const fields = { move_id: task.id, workspace_id: task.workspace_id };
    const lease = new MoveLease(api, task);
    const done = new AbortController();
    using both = linkSignals([signal, lease.lost]);
    const kept = lease.keep(done.signal);
    const end = await this.#take(task, lease, both.signal).catch((error: unknown): End => {
      // Handed back at once, so that another compute need not wait for the end of the lease.
      if (signal.aborted) return { result: 'again', reason: null };
      logger.warn({ err: error, ...fields }, 'move.step_failed');
      return endOfFailure(task, error);
    });
    done.abort();
    await kept;
    if (lease.lost.aborted) return;
    logger.info({ ...fields, status: end.result }, 'move.ended');
    await api.endMove(task.id, { lease_token: task.lease_token, ...end }).catch((error: unknown) => {
      // The lease ends by itself; the next holder begins again.
      logger.warn({ err: error, ...fields }, 'move.end_lost');
    });
  }

  async #take(task: MoveTask, lease: MoveLease, signal: AbortSignal): Promise<End> {
    const { mover } = this.#options;
    if (task.step === 'clean') {
      await mover.clean({ task, lease, signal });
      return { result: 'cleaned', reason: null };
    }
    const result = await mover.move({ task, lease, signal });
    if (result === 'busy') return { result: 'again', reason: null, retry_in_ms: BUSY_RETRY_MS };
    return { result: 'cleaned', reason: null };
  }
}

/** @internal Exported for its test. */
export function endOfFailure(task: MoveTask, error: unknown): End {
  const reason = reasonForAdmins(error).slice(0, REASON_LENGTH);
  const isHopeless = PodexError.has(error, 'disk_full') || task.attempts + 1 >= MAX_ATTEMPTS;
  if (task.step === 'copy' && isHopeless) return { result: 'failed', reason };
  return { result: 'again', reason, retry_in_ms: backoffMs(task.attempts, 1_000, MAX_RETRY_MS) };
}

function refusalText(refusal: PlacementRefusal): string {
  if (refusal.cause !== 'no_room') return `${refusal.server}: ${refusal.detail}.`;
  return `${refusal.server}: ${refusal.short} needed ${refusal.needed}, free ${refusal.free}.`;
}

/** Only they see it: it may name servers and say what an engine said. */
function reasonForAdmins(error: unknown): string {
  if (PodexError.has(error, 'no_server_available')) {
    return [error.message, ...error.context.refusals.map(refusalText)].join(' ');
  }
  if (PodexError.isInstance(error)) return error.message;
  return 'Something went wrong in Podex. The log of compute has the detail.';
}
