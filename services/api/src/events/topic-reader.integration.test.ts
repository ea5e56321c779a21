import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpPostgres } from '../../testing/set-up.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { InProcessBus } from '../bus/in-process-bus.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { migrateToLatest } from '../database/migrate.ts';
import { appendEvents } from './event-store.ts';
import { TopicReader } from './topic-reader.ts';
import { Wakeups } from './wakeup.ts';

const READERS = 200;
const TOPIC = 'servers';

const event = (number: number) =>
  ({
    type: 'workspace.changed',
    workspace_id: 'ws_x',
    desired_status: 'running',
    status: 'running',
    reason: String(number),
  }) as const;

const postgres = setUpPostgres();

describe('readers of one topic in one process', () => {
  const bus = new InProcessBus();
  const stopping = new AbortController();
  let reading: Database;
  let writing: Database;

  beforeAll(async () => {
    const url = await postgres().createDatabase();
    reading = connectDatabase({ url, logger: silentLogger });
    writing = connectDatabase({ url, logger: silentLogger });
    await migrateToLatest(writing.db, silentLogger);
  });
  afterAll(async () => {
    stopping.abort();
    await reading.close();
    await writing.close();
  });

  it('take all what was appended, by one statement', async () => {
    const topics = new TopicReader({
      db: reading.db,
      wakeups: new Wakeups(bus, stopping.signal),
      complete: async (_, events) => events,
    });
    const transact = testTransact(writing.db, bus);
    const seen = Array.from({ length: READERS }, (): number[] => []);
    let subscribed = 0;
    let statements = 0;
    reading.pool.on('acquire', () => {
      statements += 1;
    });
    const ended = Promise.all(
      seen.map(async (seqs) => {
        for await (const item of topics.read({ topic: TOPIC, after: 0, signal: stopping.signal })) {
          if (item.type === 'subscribed') subscribed += 1;
          if (item.type === 'events') seqs.push(...item.events.map(({ seq }) => seq));
        }
      }),
    );
    await eventually(() => subscribed).toBe(READERS);
    await transact((work) => appendEvents(work, TOPIC, [event(1)]));
    await eventually(() => seen.every((seqs) => seqs.length === 1)).toBe(true);
    for (let number = 2; number <= 10; number += 1) {
      const before = statements;
      await transact((work) => appendEvents(work, TOPIC, [event(number)]));
      await eventually(() => seen.every((seqs) => seqs.length === number)).toBe(true);
      expect(statements - before).toBe(1);
    }
    expect(seen.every((seqs) => seqs.join() === '1,2,3,4,5,6,7,8,9,10')).toBe(true);
    stopping.abort();
    await ended;
  });
});
