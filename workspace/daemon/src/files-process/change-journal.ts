import path from 'node:path';
import { z } from 'zod';
import { AppendJournal } from '../journal/append-journal.ts';
import type { SpaceReserve } from '../journal/space-reserve.ts';
import type { Logger } from '../logging/logger.ts';
import { etagText, preparedAnswer } from './protocol.ts';

const MAX_CHANGES = 2_000;
const MAX_AGE_MS = 24 * 3_600_000;

const preparedChange = z.object({
  type: z.literal('prepared'),
  key: z.string(),
  request_hash: z.string(),
  /** Exists for as long as the change has not been carried out. */
  guard: z.string(),
  answer: preparedAnswer,
  at: z.number(),
});
const journalEntry = z.discriminatedUnion('type', [
  preparedChange,
  z.object({ type: z.literal('carried_out'), key: z.string(), etag: etagText.optional() }),
  z.object({ type: z.literal('given_up'), key: z.string() }),
]);
type JournalEntry = z.infer<typeof journalEntry>;

export type PreparedChange = z.infer<typeof preparedChange>;
export interface RecordedChange extends PreparedChange {
  /** False after a crash, or when the files process died: then only the guard knows whether the change was carried out. */
  isCarriedOut: boolean;
  /** Of the file after the change. */
  etag?: string | undefined;
}

/** Which changes with an idempotency key were made, and what they answered. The oldest are forgotten: 2,000 are kept, for a day. */
export class ChangeJournal {
  readonly #changes = new Map<string, RecordedChange>();
  #journal: AppendJournal<JournalEntry> | undefined;

  static async open(options: {
    statePath: string;
    reserve: SpaceReserve;
    logger: Logger;
  }): Promise<ChangeJournal> {
    const changes = new ChangeJournal();
    const { journal, entries } = await AppendJournal.open<JournalEntry>({
      path: path.join(options.statePath, 'changes.jsonl'),
      schema: journalEntry,
      live: () => changes.#entries(),
      reserve: options.reserve,
      logger: options.logger,
    });
    for (const entry of entries) changes.#apply(entry);
    changes.#journal = journal;
    return changes;
  }

  find(key: string): RecordedChange | undefined {
    const change = this.#changes.get(key);
    return change !== undefined && change.at > Date.now() - MAX_AGE_MS ? change : undefined;
  }

  /** On the disk when it resolves. @throws PodexError disk_full. */
  async prepare(change: PreparedChange): Promise<void> {
    this.#apply(change);
    try {
      await this.#journal?.append(change, { durable: true });
    } catch (error) {
      this.#changes.delete(change.key);
      throw error;
    }
  }

  /** Need not reach the disk: without it, the guard gives the same answer. */
  async carriedOut(key: string, etag?: string): Promise<void> {
    const entry: JournalEntry = { type: 'carried_out', key, etag: etagText.safeParse(etag).data };
    this.#apply(entry);
    await this.#journal?.append(entry, { durable: false });
  }

  async giveUp(key: string): Promise<void> {
    this.#apply({ type: 'given_up', key });
    await this.#journal?.append({ type: 'given_up', key }, { durable: false });
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  #apply(entry: JournalEntry): void {
    if (entry.type === 'given_up') {
      this.#changes.delete(entry.key);
      return;
    }
    if (entry.type === 'carried_out') {
      const change = this.#changes.get(entry.key);
      if (change !== undefined) Object.assign(change, { isCarriedOut: true, etag: entry.etag });
      return;
    }
    this.#changes.set(entry.key, { ...entry, isCarriedOut: false });
    for (const key of this.#changes.keys()) {
      if (this.#changes.size <= MAX_CHANGES) break;
      this.#changes.delete(key);
    }
  }

  #entries(): JournalEntry[] {
    return [...this.#changes.values()].flatMap(({ isCarriedOut, etag, ...change }): JournalEntry[] =>
      isCarriedOut ? [change, { type: 'carried_out', key: change.key, etag }] : [change],
    );
  }
}
