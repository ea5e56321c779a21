import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';

// Owns table: mail.

export interface NewMail {
  recipient: string;
  template: string;
  sealed: Buffer;
  goodForMs: number;
  onceKey: string | undefined;
}

/** Mails of one kind to one address in an hour: who asks for more floods a mailbox. */
const PER_HOUR_MAX = 6;
const KEPT_DAYS = 7;

/** @returns false when it was told before, or the recipient has had too many of its kind. */
export async function insertMail(tx: Tx, mail: NewMail): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    insert into mail (recipient, template, sealed, good_until, once_key)
    select ${mail.recipient}, ${mail.template}, ${mail.sealed},
      now() + make_interval(secs => ${mail.goodForMs / 1000}), ${mail.onceKey ?? null}
    where (
      select count(*) from mail
      where recipient = ${mail.recipient} and template = ${mail.template}
        and created_at > now() - interval '1 hour'
    ) < ${PER_HOUR_MAX}
    on conflict (once_key) do nothing
    returning id`.execute(tx);
  return rows.length > 0;
}

export interface TakenMail {
  id: number;
  recipient: string;
  template: string;
  sealed: Buffer;
  attempts: number;
  is_stale: boolean;
}

/** The next one that is due, leased to the caller. */
export async function takeMail(db: Db, leaseMs: number): Promise<TakenMail | undefined> {
  const { rows } = await sql<TakenMail>`
    update mail set attempts = attempts + 1, due_at = now() + make_interval(secs => ${leaseMs / 1000})
    where id = (
      select id from mail where status = 'waiting' and due_at <= now()
      order by due_at limit 1 for update skip locked
    )
    returning id, recipient, template, sealed, attempts, good_until <= now() as is_stale`.execute(db);
  return rows[0];
}

type Taken = Pick<TakenMail, 'id' | 'attempts'>;

/** Its letter is gone with this. Nothing happens when another has taken it meanwhile. */
export async function endMail(db: Db, taken: Taken, status: 'sent' | 'given_up'): Promise<void> {
  await ofTaker(db, taken).set({ status, sealed: null }).execute();
}

/** Gives it back, to be tried again later. */
export async function postponeMail(db: Db, taken: Taken, delayMs: number): Promise<void> {
  await ofTaker(db, taken)
    .set({ due_at: sql<Date>`now() + make_interval(secs => ${delayMs / 1000})` })
    .execute();
}

function ofTaker(db: Db, { id, attempts }: Taken) {
  return db
    .updateTable('mail')
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .where('status', '=', 'waiting');
}

/** Undefined when none waits. */
export async function msUntilDue(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('mail')
    .select(sql<number | null>`(extract(epoch from min(due_at) - now()) * 1000)::float8`.as('ms'))
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow();
  return row.ms ?? undefined;
}

/** Ended ones tell how many somebody had lately, and what was told before; not for longer. */
export async function deleteOldMails(db: Db): Promise<void> {
  await db
    .deleteFrom('mail')
    .where('status', '!=', 'waiting')
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${KEPT_DAYS})`)
    .execute();
}
