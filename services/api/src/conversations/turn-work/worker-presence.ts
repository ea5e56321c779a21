import { randomUUID } from 'node:crypto';
import type { presenceInput } from '@podex/contracts/internal/turns';
import type { Logger } from '@podex/service-kit/logger';
import type { z } from 'zod';
import type { Transact } from '../../database/transact.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { expireLeases } from '../transcript/turn-store.ts';
import { ABANDONED_CHANNEL, TURN_WORK_CHANNEL } from '../turns/turn-ending.ts';
import { forgetConnection, recordConnection } from './turn-worker-store.ts';

/** A worker whose connection broke and that lives connects again within it. */
const RECONNECT_MS = 1000;

export interface WorkerPresenceOptions {
  transact: Transact;
  wakeups: Wakeups;
  logger: Logger;
}

/**
 * Notices the death of a worker by its connection, which ends with its process: its turns are handed out at once. The lease alone
 * decides for a worker that is frozen, or whose machine is gone without a word.
 */
export class WorkerPresence {
  readonly #transact: Transact;
  readonly #wakeups: Wakeups;
  readonly #logger: Logger;

  constructor({ transact, wakeups, logger }: WorkerPresenceOptions) {
    this.#transact = transact;
    this.#wakeups = wakeups;
    this.#logger = logger;
  }

  /** Lasts until `wait_ms` are over, the worker’s connection breaks, or this process stops. */
  async attend(input: z.output<typeof presenceInput>, connected: AbortSignal): Promise<void> {
    const { worker_id: workerId, wait_ms: waitMs } = input;
    const connection = randomUUID();
    await this.#transact(({ tx }) => recordConnection(tx, workerId, connection));
    using clock = this.#wakeups.on([]);
    await clock.wait({ signal: connected, timeoutMs: waitMs });
    if (!connected.aborted) return;
    // A process that stops closes its connections itself, and says nothing of the workers.
    if ((await clock.wait({ timeoutMs: RECONNECT_MS })) === 'over') return;
    await this.#handOut(workerId, connection);
  }

  async #handOut(workerId: string, connection: string): Promise<void> {
    const turns = await this.#transact(async (work) => {
      if (!(await forgetConnection(work.tx, workerId, connection))) return 0;
      work.wake(TURN_WORK_CHANNEL);
      work.wake(ABANDONED_CHANNEL);
      return expireLeases(work.tx, workerId);
    });
    if (turns > 0) this.#logger.warn({ worker_id: workerId, turns }, 'turn_worker.lost');
  }
}
