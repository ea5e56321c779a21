import { setImmediate } from 'node:timers/promises';
import type { Db } from '../database/connect.ts';
import { listEvents, type StoredEvent } from './event-store.ts';

export const BATCH_EVENTS_MAX = 200;

/** Puts back into events what they left to other rows. */
export type CompleteEvents = (db: Db, events: readonly StoredEvent[]) => Promise<readonly StoredEvent[]>;

/** Reads of the same events that readers of this process want at the same time, such as all that were woken by one: one statement. */
export class EventReads {
  readonly #db: Db;
  readonly #complete: CompleteEvents;
  readonly #notBegun = new Map<string, Promise<readonly StoredEvent[]>>();

  constructor(db: Db, complete: CompleteEvents) {
    this.#db = db;
    this.#complete = complete;
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
    return this.#complete(this.#db, await listEvents(this.#db, topic, { after, limit: BATCH_EVENTS_MAX }));
  }
}
