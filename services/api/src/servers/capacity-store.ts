import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';

// Reads what other stores own: fleet, workspace, pool_slot.

/** What compute’s variable says. */
export async function getMaxWorkspaces(db: Db): Promise<number> {
  const row = await db.selectFrom('fleet').select('max_workspaces').executeTakeFirstOrThrow();
  return row.max_workspaces;
}

export async function countRunningWorkspaces(db: Db): Promise<number> {
  const row = await db
    .selectFrom('workspace')
    .select(sql<number>`count(*)::integer`.as('running'))
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  return row.running;
}

export async function countWaitingWorkspaces(db: Db): Promise<number> {
  const row = await db
    .selectFrom('workspace')
    .select(sql<number>`count(*)::integer`.as('waiting'))
    .where('waits_since', 'is not', null)
    .executeTakeFirstOrThrow();
  return row.waiting;
}

export async function countReadySlots(db: Db): Promise<number> {
  const row = await db
    .selectFrom('pool_slot')
    .select(sql<number>`count(*)::integer`.as('ready'))
    .where('status', '=', 'ready')
    .executeTakeFirstOrThrow();
  return row.ready;
}
