import { PodexError } from '@podex/contracts/errors';
import { newId, type TurnId } from '@podex/contracts/ids';
import type { Background } from '@podex/service-kit/background';
import type { SignCapability } from '@podex/service-kit/capability';
import { createInternalClient } from '@podex/service-kit/internal-client';
import type { Logger } from '@podex/service-kit/logger';
import { backoffMs } from '@podex/service-kit/waiting';
import type { Db } from '../../database/connect.ts';
import type { Transact } from '../../database/transact.ts';
import { longPoll } from '../../events/long-poll.ts';
import type { Wakeups } from '../../events/wakeup.ts';
import { getConversationOfTurn } from '../transcript/conversation-store.ts';
import {
  findTurn,
  listAbandonedCancels,
  lockAbandonedCancel,
  msUntilNextAbandonedCancel,
} from '../transcript/turn-store.ts';
import {
  type AbandonedCommandRow,
  deleteAbandonedCommand,
  insertAbandonedCommands,
  msUntilNextAbandonedCommand,
  postponeAbandonedCommand,
  takeAbandonedCommands,
} from './abandoned-command-store.ts';
import { ABANDONED_CHANNEL, finishTurn } from './turn-ending.ts';

const WAIT_MS = 60_000;
const BATCH = 20;
const KILL_TIMEOUT_MS = 15_000;
const MAX_PAUSE_MS = 60_000;
/** A quarter of an hour: a workspace that can’t be reached for so long has most likely lost its commands. */
const MAX_ATTEMPTS = 20;

export interface AbandonedTurnsOptions {
  db: Db;
  transact: Transact;
  wakeups: Wakeups;
  sign: SignCapability;
  /** Where compute listens. */
  computeUrl: string;
  logger: Logger;
}

/**
 * Ends what no worker is there to end: turns that were cancelled and lost their worker, and the commands of turns that ended while
 * these ran.
 */
export class AbandonedTurns {
  readonly #options: AbandonedTurnsOptions;

  constructor(options: AbandonedTurnsOptions) {
    this.#options = options;
  }

  start(background: Background): void {
    const { db, wakeups } = this.#options;
    background.loop('abandoned-turns', async (signal) => {
      await longPoll({
        wakeups,
        channels: [ABANDONED_CHANNEL],
        waitMs: WAIT_MS,
        signal,
        attempt: () => this.#endAll(),
        msUntilNext: async () => {
          const due = [await msUntilNextAbandonedCommand(db), await msUntilNextAbandonedCancel(db)];
          const known = due.filter((ms) => ms !== undefined);
          return known.length === 0 ? undefined : Math.min(...known);
        },
      });
    });
  }

  /** Undefined when there was nothing to end. */
  async #endAll(): Promise<true | undefined> {
    const { db } = this.#options;
    const turns = await listAbandonedCancels(db, BATCH);
    for (const id of turns) await this.#endTurn(id);
    const commands = await takeAbandonedCommands(db, BATCH);
    await Promise.all(commands.map((command) => this.#endCommand(command)));
    return turns.length + commands.length === 0 ? undefined : true;
  }

  async #endTurn(id: TurnId): Promise<void> {
    await this.#options.transact(async (work) => {
      const turn = await lockAbandonedCancel(work.tx, id);
      if (turn === undefined) return;
      await finishTurn(work, turn, { status: 'cancelled' });
      const { workspace_id: workspaceId } = await getConversationOfTurn(work.tx, turn.conversation_id);
      // There is no such command: by the request for it the workspace hears that the lost worker’s attempt is over.
      await insertAbandonedCommands(work.tx, [newId('command')], { workspaceId, turnId: id });
      work.wake(ABANDONED_CHANNEL);
    });
  }

  async #endCommand(command: AbandonedCommandRow): Promise<void> {
    const { db, logger } = this.#options;
    try {
      await this.#kill(command);
    } catch (error) {
      if (!isGone(error) && command.attempts < MAX_ATTEMPTS) {
        const pauseMs = backoffMs(command.attempts, 1000, MAX_PAUSE_MS);
        await postponeAbandonedCommand(db, command.id, pauseMs);
        return;
      }
      if (!isGone(error)) logger.warn({ err: error, command_id: command.id }, 'abandoned_command.given_up');
    }
    await deleteAbandonedCommand(db, command.id);
  }

  async #kill({ id, workspace_id, turn_id }: AbandonedCommandRow): Promise<void> {
    const { db, sign, computeUrl } = this.#options;
    const turn = await findTurn(db, turn_id);
    // Newer than the worker that was lost, so that it can’t start anything in the workspace when it comes back.
    const attempt = (turn?.attempt ?? 0) + 1;
    const key = await sign({ kind: 'turn', workspace_id, turn_id, attempt, access: 'write' });
    const compute = createInternalClient({ service: 'compute', baseUrl: computeUrl, key });
    await compute.send('DELETE', `/workspaces/${workspace_id}/commands/${id}`, {
      timeoutMs: KILL_TIMEOUT_MS,
    });
  }
}

/** There is nothing to end. */
function isGone(error: unknown): boolean {
  return PodexError.has(error, 'command_not_found') || PodexError.has(error, 'workspace_not_found');
}
