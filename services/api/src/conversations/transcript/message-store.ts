import type { MessageId, TurnId } from '@podex/contracts/ids';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Message } from '../../database/generated/rows.ts';

// Owns table: message.

export type MessageRow = Selectable<Message>;

const isFollowUp = (turnId: TurnId) =>
  sql<boolean>`ordinal > (select min(first.ordinal) from message as first where first.turn_id = ${turnId})`;

export interface NewMessage {
  id: MessageId;
  turnId: TurnId;
  text: string;
  beforeStep: number;
}

export async function insertMessage(tx: Tx, message: NewMessage): Promise<void> {
  await tx
    .insertInto('message')
    .values({
      id: message.id,
      turn_id: message.turnId,
      text: message.text,
      before_step: message.beforeStep,
    })
    .execute();
}

export async function findMessage(db: Db | Tx, id: MessageId): Promise<MessageRow | undefined> {
  return db.selectFrom('message').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Messages of the turns in the order in which they were sent. */
export async function listMessages(db: Db | Tx, turnIds: readonly TurnId[]): Promise<MessageRow[]> {
  if (turnIds.length === 0) return [];
  return db.selectFrom('message').selectAll().where('turn_id', 'in', turnIds).orderBy('ordinal').execute();
}

/** Messages that the turn’s steps up to `lastStep` have not read, in the order in which they were sent. */
export async function listUnreadMessages(tx: Tx, turnId: TurnId, lastStep: number): Promise<MessageRow[]> {
  return tx
    .selectFrom('message')
    .selectAll()
    .where('turn_id', '=', turnId)
    .where('before_step', '>', lastStep)
    .orderBy('ordinal')
    .execute();
}

/** Is there a message that the turn’s steps up to `lastStep` have not read? */
export async function hasUnreadMessage(tx: Tx, turnId: TurnId, lastStep: number): Promise<boolean> {
  const row = await tx
    .selectFrom('message')
    .select('id')
    .where('turn_id', '=', turnId)
    .where('before_step', '>', lastStep)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** As `hasUnreadMessage`, the message that began the turn excepted. */
export async function hasUnreadFollowUp(tx: Tx, turnId: TurnId, lastStep: number): Promise<boolean> {
  const row = await tx
    .selectFrom('message')
    .select('id')
    .where('turn_id', '=', turnId)
    .where('before_step', '>', lastStep)
    .where(isFollowUp(turnId))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Gives the messages that no step up to `lastStep` has read to another turn, the one that began the turn excepted.
 *
 * @returns them, in the order in which they were sent.
 */
export async function moveUnreadMessages(
  tx: Tx,
  { from, to, lastStep }: { from: TurnId; to: TurnId; lastStep: number },
): Promise<MessageRow[]> {
  const moved = await tx
    .updateTable('message')
    .set({ turn_id: to, before_step: 0 })
    .where('turn_id', '=', from)
    .where('before_step', '>', lastStep)
    .where(isFollowUp(from))
    .returningAll()
    .execute();
  return moved.toSorted((one, other) => one.ordinal - other.ordinal);
}

/**
 * A step begins whose worker was given only the first `given` messages: the ones that came in between wait for the step after it,
 * so that the prompt is the same on every worker.
 */
export async function postponeUngivenMessages(
  tx: Tx,
  turnId: TurnId,
  { step, given }: { step: number; given: number },
): Promise<void> {
  await tx
    .updateTable('message')
    .set({ before_step: step + 1 })
    .where('turn_id', '=', turnId)
    .where('before_step', '=', step)
    .where('ordinal', '>', (query) =>
      query
        .selectFrom('message as known')
        .select(sql<number>`coalesce(max(ordinal), 0)`.as('ordinal'))
        .where(
          'known.id',
          'in',
          query
            .selectFrom('message as first')
            .select('first.id')
            .where('first.turn_id', '=', turnId)
            .orderBy('first.ordinal')
            .limit(given),
        ),
    )
    .execute();
}
