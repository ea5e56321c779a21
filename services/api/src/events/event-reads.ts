import { setImmediate } from 'node:timers/promises';
import type { Db } from '../database/connect.ts';
import { listEvents, type StoredEvent } from './event-store.ts';

export const BATCH_EVENTS_MAX = 200;

/** Reads of the same events that readers of this process want at the same time, such as all that were woken by one: one statement. */
export class EventReads {
  readonly #db: Db;
  readonly #notBegun = new Map<string, Promise<readonly StoredEvent[]>>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** Everybody has the same events, who must not change them. What was committed before the call is among them: only a read that has not begun is shared. */
  list(topic: string, after: number): Promise<readonly StoredEvent[]> {
    const key = `${after} ${topic}`;
    const shared = this.#notBegun.get(key) ?? this.#begin(key, topic, after);
    this.#notBegun.set(key, shared);
    return shared;
  }

  async #begin(key: string, topic: string, after: number): Promise<readonly StoredEvent[]> {
    await setImmediate();
    this.#notBegun.delete(key);
    return listEvents(this.#db, topic, { after, limit: BATCH_EVENTS_MAX });
  }
}
