import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { TurnId } from '@podex/contracts/ids';
import {
  parseTurnAttempt,
  TURN_ATTEMPT_HEADER,
  type TurnAttempt,
  turnAttempt,
} from '@podex/contracts/internal/turn-attempt';
import { AppendJournal } from '../journal/append-journal.ts';
import type { SpaceReserve } from '../journal/space-reserve.ts';
import type { Logger } from '../logging/logger.ts';

/** By the time a turn is forgotten, the capabilities of its older attempts have long expired. */
const TURNS_MAX = 1_000;
const READING = new Set(['GET', 'HEAD']);

interface NewestAttempt extends TurnAttempt {
  /** Rejects when it can’t be put on the disk; the next change tries again then. */
  recorded: Promise<void> | undefined;
  /** Changes of this attempt that have not been read to their last byte. */
  arriving: Set<IncomingMessage>;
}

/**
 * The newest attempt at each turn that a request has told of. A change of an older attempt is refused: its worker was lost, and another
 * works in its place. A change that is still arriving when a newer attempt begins is broken off, so that it is never carried out.
 */
export class TurnAttempts {
  readonly #newest = new Map<TurnId, NewestAttempt>();
  #journal: AppendJournal<TurnAttempt> | undefined;

  private constructor() {}

  static async open(options: {
    statePath: string;
    reserve: SpaceReserve;
    logger: Logger;
  }): Promise<TurnAttempts> {
    const attempts = new TurnAttempts();
    const { journal, entries } = await AppendJournal.open<TurnAttempt>({
      path: path.join(options.statePath, 'attempts.jsonl'),
      schema: turnAttempt,
      live: () => attempts.#entries(),
      reserve: options.reserve,
      logger: options.logger,
    });
    for (const entry of entries) attempts.#setNewest(entry).recorded = Promise.resolve();
    attempts.#journal = journal;
    return attempts;
  }

  /**
   * Resolves when the request may be carried out: always when it belongs to no turn, or only reads.
   *
   * @throws PodexError attempt_superseded; disk_full when a newer attempt can’t be recorded; ZodError.
   */
  async admit(request: IncomingMessage): Promise<void> {
    const header = request.headers[TURN_ATTEMPT_HEADER];
    if (header === undefined) return;
    const asking = parseTurnAttempt(String(header));
    const known = this.#newest.get(asking.turn_id);
    if (known === undefined || known.attempt < asking.attempt) this.#supersede(known, asking);
    const isUpgrade = request.headers.upgrade !== undefined;
    if (READING.has(request.method ?? '') && !isUpgrade) return;
    const newest = this.#requireNewest(asking);
    newest.recorded ??= this.#record(newest);
    await newest.recorded;
    // A newer one may have come meanwhile.
    this.#requireNewest(asking);
    if (request.readableEnded || isUpgrade) return;
    newest.arriving.add(request);
    for (const event of ['end', 'close']) request.once(event, () => newest.arriving.delete(request));
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  /** That it can’t be recorded is the error of the changes that wait for it. */
  #supersede(known: NewestAttempt | undefined, by: TurnAttempt): void {
    const newest = this.#setNewest(by);
    newest.recorded = this.#record(newest);
    newest.recorded.catch(() => undefined);
    for (const request of known?.arriving ?? []) request.destroy(superseded());
  }

  async #record(newest: NewestAttempt): Promise<void> {
    const { turn_id, attempt } = newest;
    try {
      await this.#journal?.append({ turn_id, attempt }, { durable: true });
    } catch (error) {
      newest.recorded = undefined;
      throw error;
    }
  }

  /** Behind all others, so that turns are forgotten in the order of their newest attempts. */
  #setNewest({ turn_id, attempt }: TurnAttempt): NewestAttempt {
    const newest = { turn_id, attempt, recorded: undefined, arriving: new Set<IncomingMessage>() };
    this.#newest.delete(turn_id);
    this.#newest.set(turn_id, newest);
    for (const id of this.#newest.keys()) {
      if (this.#newest.size <= TURNS_MAX) break;
      this.#newest.delete(id);
    }
    return newest;
  }

  #requireNewest({ turn_id: id, attempt }: TurnAttempt): NewestAttempt {
    const newest = this.#newest.get(id);
    if (newest?.attempt === attempt) return newest;
    throw superseded();
  }

  #entries(): TurnAttempt[] {
    return [...this.#newest.values()].map(({ turn_id, attempt }) => ({ turn_id, attempt }));
  }
}

function superseded(): PodexError {
  return new PodexError(
    'attempt_superseded',
    'A newer attempt at this turn works in the workspace. This one can’t change anything there.',
    {},
  );
}
