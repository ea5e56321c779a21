import type { Db } from '../database/connect.ts';
import { BATCH_EVENTS_MAX, type CompleteEvents, EventReads } from './event-reads.ts';
import { findTopicRange, type StoredEvent } from './event-store.ts';
import { topicChannel } from './topics.ts';
import type { WaitOutcome, Wakeup, Wakeups } from './wakeup.ts';

/** Wake-ups tell at once; this only bounds how long one that was lost goes unnoticed. */
const LOOK_AGAIN_MS = 15_000;

export type TopicItem =
  /** First of all: where the stream starts. */
  | { type: 'subscribed'; seq: number }
  | { type: 'events'; events: readonly StoredEvent[] }
  /** Nothing happened for a while. */
  | { type: 'idle' }
  /** Last of all: events after the asked one are gone; read the resource again, then go on from `seq`. */
  | { type: 'reset'; seq: number };

export interface TopicReading {
  topic: string;
  /** Undefined: only what comes from now on. */
  after: number | undefined;
  signal: AbortSignal;
}

interface TopicReaderOptions {
  db: Db;
  wakeups: Wakeups;
  complete: CompleteEvents;
}

/** The topics, for all readers of this process. */
export class TopicReader {
  readonly #db: Db;
  readonly #wakeups: Wakeups;
  readonly #reads: EventReads;

  constructor({ db, wakeups, complete }: TopicReaderOptions) {
    this.#db = db;
    this.#wakeups = wakeups;
    this.#reads = new EventReads(db, complete);
  }

  /**
   * Every event of a topic that is kept after `after`, each once and in order, without end. Reads rows only as fast as the consumer takes them, so
   * a slow one costs no memory: it is merely behind. Ends after `reset`, and when `signal` is aborted or the process stops.
   */
  async *read({ topic, after, signal }: TopicReading): AsyncGenerator<TopicItem, void> {
    using wakeup = this.#wakeups.on([topicChannel(topic)]);
    const range = await findTopicRange(this.#db, topic);
    let cursor = after ?? range.lastSeq;
    if (cursor > range.lastSeq || cursor < range.firstSeq - 1) {
      yield { type: 'reset', seq: range.lastSeq };
      return;
    }
    yield { type: 'subscribed', seq: cursor };
    for (;;) {
      const events = await this.#reads.list(topic, cursor);
      const last = events.at(-1)?.seq ?? cursor;
      // Seqs of deltas that have ended are skipped; what was pruned is missed.
      const hasGap = last - cursor !== events.length;
      if (hasGap && (await findTopicRange(this.#db, topic)).firstSeq > cursor + 1) break;
      cursor = last;
      if (events.length > 0) yield { type: 'events', events };
      const outcome = await untilMore(events.length, wakeup, signal);
      if (outcome === 'over' || signal.aborted) return;
      if (outcome === 'timed_out') yield { type: 'idle' };
    }
    // Pruned while the consumer was that far behind.
    yield { type: 'reset', seq: (await findTopicRange(this.#db, topic)).lastSeq };
  }
}

/** A batch that is not full was all there was. What was appended after its read began has raised the wakeup. */
async function untilMore(batch: number, wakeup: Wakeup, signal: AbortSignal): Promise<WaitOutcome> {
  return batch < BATCH_EVENTS_MAX ? wakeup.wait({ signal, timeoutMs: LOOK_AGAIN_MS }) : 'woken';
}
