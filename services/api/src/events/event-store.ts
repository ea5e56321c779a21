import type { DurableEvent, EventBody } from '@podex/contracts/events';
import type { TurnId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { toJson, toText } from '../database/storable.ts';
import type { Work } from '../database/transact.ts';
import { type EndedStreams, foldStreams, streamKeyOf } from './streams.ts';
import { topicChannel } from './topics.ts';

// Owns tables: topic, event.

export interface StoredEvent {
  seq: number;
  at: Date;
  body: EventBody;
}

/** `firstSeq`: the oldest event that is still there. A topic without events has both at their start (1 and 0). */
export interface TopicRange {
  firstSeq: number;
  lastSeq: number;
}

/**
 * Appends to a topic in the caller’s transaction and wakes its readers after the commit. The topic’s row stays locked until then,
 * so that seqs become visible in their order and a reader that has seen `n` never misses one below it. Deltas go with what ends them:
 * their seqs are skipped from then on, and who stands between them is told the end, with the whole.
 */
export async function appendEvents(work: Work, topic: string, appended: readonly EventBody[]): Promise<void> {
  const { kept: bodies, ended } = foldStreams(appended);
  if (bodies.length === 0) return;
  const { last_seq: lastSeq } = await work.tx
    .insertInto('topic')
    .values({ name: topic, last_seq: bodies.length })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ last_seq: sql<number>`topic.last_seq + excluded.last_seq` }),
    )
    .returning('last_seq')
    .executeTakeFirstOrThrow();
  await deleteStreams(work.tx, topic, ended);
  const firstSeq = lastSeq - bodies.length + 1;
  await work.tx
    .insertInto('event')
    .values(
      bodies.map((body, index) => ({
        topic,
        seq: firstSeq + index,
        turn_id: 'turn_id' in body ? body.turn_id : null,
        stream_key: toStreamKey(streamKeyOf(body)),
        body: toJson(body),
      })),
    )
    .execute();
  work.wake(topicChannel(topic));
}

async function deleteStreams(tx: Tx, topic: string, { keys, prefixes }: EndedStreams): Promise<void> {
  if (keys.length + prefixes.length === 0) return;
  await tx
    .deleteFrom('event')
    .where('topic', '=', topic)
    .where((where) =>
      where.or([
        ...(keys.length > 0 ? [where('stream_key', 'in', keys.map(toText))] : []),
        ...prefixes.map((prefix) =>
          where.and([where('stream_key', '>=', prefix), where('stream_key', '<', `${prefix}\u{10ffff}`)]),
        ),
      ]),
    )
    .execute();
}

function toStreamKey(key: string | null): string | null {
  return key === null ? null : toText(key);
}

export async function findTopicRange(db: Db | Tx, topic: string): Promise<TopicRange> {
  const row = await db
    .selectFrom('topic')
    .select(['first_seq', 'last_seq'])
    .where('name', '=', topic)
    .executeTakeFirst();
  return { firstSeq: row?.first_seq ?? 1, lastSeq: row?.last_seq ?? 0 };
}

/** Events after `after` in their order, at most `limit`. */
export async function listEvents(
  db: Db | Tx,
  topic: string,
  page: { after: number; limit: number },
): Promise<StoredEvent[]> {
  return db
    .selectFrom('event')
    .select(['seq', 'at', 'body'])
    .where('topic', '=', topic)
    .where('seq', '>', page.after)
    .orderBy('seq')
    .limit(page.limit)
    .execute();
}

/** Every event of the turns in their order. */
export async function listEventsOfTurns(db: Db | Tx, turnIds: readonly TurnId[]): Promise<StoredEvent[]> {
  if (turnIds.length === 0) return [];
  return db
    .selectFrom('event')
    .select(['seq', 'at', 'body'])
    .where('turn_id', 'in', turnIds)
    .orderBy('seq')
    .execute();
}

/** How many bytes the events of each turn take where they are stored. */
export async function measureTurns(db: Db | Tx, turnIds: readonly TurnId[]): Promise<Map<TurnId, number>> {
  if (turnIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('event')
    .select(['turn_id', sql<number>`sum(pg_column_size(body))::float8`.as('bytes')])
    .where('turn_id', 'in', turnIds)
    .groupBy('turn_id')
    .execute();
  return new Map(rows.flatMap((row) => (row.turn_id === null ? [] : [[row.turn_id, row.bytes]])));
}

/** An event as clients read it. */
export function presentEvent({ seq, at, body }: StoredEvent): DurableEvent {
  return { seq, at: at.toISOString(), ...body };
}

/** Deletes a topic with all its events. */
export async function deleteTopic(tx: Tx, topic: string): Promise<void> {
  await tx.deleteFrom('topic').where('name', '=', topic).execute();
}

/**
 * Forgets events that are older than `before`, of all topics but conversations. Readers that ask for them are told to reset.
 *
 * @returns how many events went.
 */
export async function pruneEvents(tx: Tx, before: Date): Promise<number> {
  const pruned = await tx
    .deleteFrom('event')
    .where('topic', 'not like', 'conversation:%')
    .where('at', '<', before)
    .returning(['topic', 'seq'])
    .execute();
  const newest = new Map<string, number>();
  for (const { topic, seq } of pruned) newest.set(topic, Math.max(seq, newest.get(topic) ?? 0));
  for (const [topic, seq] of newest) {
    await tx
      .updateTable('topic')
      .set({ first_seq: seq + 1 })
      .where('name', '=', topic)
      .where('first_seq', '<=', seq)
      .execute();
  }
  return pruned.length;
}
