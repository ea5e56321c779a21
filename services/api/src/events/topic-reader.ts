import type { Db } from '../database/connect.ts';
import { findTopicRange, listEvents, type StoredEvent } from './event-store.ts';
import { topicChannel } from './topics.ts';
import type { Wakeups } from './wakeup.ts';

const BATCH_EVENTS_MAX = 200;
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
  db: Db;
  wakeups: Wakeups;
  topic: string;
  /** Undefined: only what comes from now on. */
  after: number | undefined;
  signal: AbortSignal;
}

/**
 * Every event of a topic after `after`, each once and in order, without end. Reads rows only as fast as the consumer takes them, so a
 * slow one costs no memory: it is merely behind. Ends after `reset`, and when
 * `signal` is aborted or the process stops.
 */
export async function* readTopic(reading: TopicReading): AsyncGenerator<TopicItem, void> {
  const { db, topic, signal } = reading;
  using wakeup = reading.wakeups.on([topicChannel(topic)]);
  const range = await findTopicRange(db, topic);
  let cursor = reading.after ?? range.lastSeq;
  if (cursor > range.lastSeq || cursor < range.firstSeq - 1) {
    yield { type: 'reset', seq: range.lastSeq };
    return;
  }
  yield { type: 'subscribed', seq: cursor };
  while (!signal.aborted) {
    const events = await listEvents(db, topic, { after: cursor, limit: BATCH_EVENTS_MAX });
    const [first] = events;
    if (first === undefined) {
      const outcome = await wakeup.wait({ signal, timeoutMs: LOOK_AGAIN_MS });
      if (outcome === 'over') return;
      if (outcome === 'timed_out') yield { type: 'idle' };
      continue;
    }
    if (first.seq !== cursor + 1) {
      // Pruned while the consumer was that far behind.
      yield { type: 'reset', seq: (await findTopicRange(db, topic)).lastSeq };
      return;
    }
    cursor = events.at(-1)?.seq ?? cursor;
    yield { type: 'events', events };
  }
}
