import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { type Budget, FORGOTTEN_AFTER_HOURS, WAIT_MAX_SECONDS } from './sign-in-budgets.ts';

// Owns table: sign_in_attempt.

/** 2 to this power is more than the longest wait. */
const DOUBLINGS_MAX = 10;

/** How long the try after so many failures has to wait. Without `ceil`, the moment between two tries would already forgive one. */
function waitSeconds(budget: Budget) {
  return sql<number>`case when ceil(a.failures) < ${budget.free} then 0
    else least(${WAIT_MAX_SECONDS}, power(2, least(ceil(a.failures) - ${budget.free}, ${DOUBLINGS_MAX}))) end`;
}

/**
 * Counts a try as failed before its outcome is known, unless it has to wait: one statement, so that of many tries at once, in any
 * number of processes, no more pass than the budget allows.
 *
 * @returns seconds that the try has to wait; 0: it was counted and may go on.
 */
export async function takeAttempt(db: Db, budget: Budget, subject: string): Promise<number> {
  const taken = await sql`
    insert into sign_in_attempt as a (subject, failures, changed_at) values (${subject}, 1, clock_timestamp())
    on conflict (subject) do update set
      failures = 1 + greatest(0, a.failures
        - 1000 * extract(epoch from clock_timestamp() - a.changed_at) / ${budget.forgivenEveryMs}),
      changed_at = clock_timestamp()
    where a.changed_at + make_interval(secs => ${waitSeconds(budget)}) <= clock_timestamp()
    returning a.subject`.execute(db);
  if (taken.rows.length > 0) return 0;
  const { rows } = await sql<{ seconds: number }>`
    select (extract(epoch from a.changed_at - clock_timestamp()) + ${waitSeconds(budget)})::float8 as seconds
    from sign_in_attempt as a where subject = ${subject}`.execute(db);
  return Math.max(1, rows[0]?.seconds ?? 1);
}

/** Takes one counted try back: it did not fail. */
export async function returnAttempt(db: Db, subject: string): Promise<void> {
  await db
    .updateTable('sign_in_attempt')
    .set({ failures: sql<number>`greatest(0, failures - 1)` })
    .where('subject', '=', subject)
    .execute();
}

/** Forgets every failure: who tried knows the secret. */
export async function clearAttempts(db: Db, subject: string): Promise<void> {
  await db.deleteFrom('sign_in_attempt').where('subject', '=', subject).execute();
}

/** Deletes what time has forgiven. */
export async function deleteOldAttempts(db: Db): Promise<void> {
  await db
    .deleteFrom('sign_in_attempt')
    .where('changed_at', '<', sql<Date>`now() - make_interval(hours => ${FORGOTTEN_AFTER_HOURS})`)
    .execute();
}
