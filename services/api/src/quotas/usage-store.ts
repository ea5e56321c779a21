import type { WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceSize } from '@podex/contracts/workspaces';
import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Holder } from './holder.ts';

// Counts what people and teams have, in the tables of others.

export interface HeldWorkspaces {
  size: WorkspaceSize;
  /** Run, rest with their memory, or shall run. One that has failed, and is not tried again, takes nothing. */
  runs: boolean;
  count: number;
}

/** Those that are not deleted, by size. */
export async function countHeldWorkspaces(
  db: Db | Tx,
  holder: Holder,
  exceptId?: WorkspaceId,
): Promise<HeldWorkspaces[]> {
  let query = selectHeld(db, holder)
    .select([
      'size',
      sql<boolean>`desired_status in ('running', 'paused') and not (settled and status in ('failed', 'stopped'))`.as(
        'runs',
      ),
      sql<number>`count(*)::integer`.as('count'),
    ])
    .where('desired_status', '<>', 'deleted')
    .groupBy(['size', 'runs']);
  if (exceptId !== undefined) query = query.where('id', '<>', exceptId);
  return query.execute();
}

/** Queued, running or waiting, in all workspaces of the holder. */
export async function countActiveTurns(db: Db | Tx, holder: Holder): Promise<number> {
  const row = await selectHeld(db, holder)
    .innerJoin('conversation', 'conversation.workspace_id', 'workspace.id')
    .innerJoin('turn', 'turn.conversation_id', 'conversation.id')
    .select(sql<number>`count(*)::integer`.as('turns'))
    .where('turn.status', 'in', ['queued', 'running', 'waiting'])
    .executeTakeFirstOrThrow();
  return row.turns;
}

/** Teams that the person has made. */
export async function countTeams(db: Db | Tx, { id }: Holder): Promise<number> {
  const row = await db
    .selectFrom('team')
    .select(sql<number>`count(*)::integer`.as('teams'))
    .where('created_by', '=', id)
    .executeTakeFirstOrThrow();
  return row.teams;
}

/** Bearer tokens of the person that have not expired. */
export async function countTokens(db: Db | Tx, { id }: Holder): Promise<number> {
  const row = await db
    .selectFrom('token')
    .select(sql<number>`count(*)::integer`.as('tokens'))
    .where('user_id', '=', id)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirstOrThrow();
  return row.tokens;
}

export interface Spend {
  todayUsd: number;
  thisMonthUsd: number;
  /** When each begins again at 0. */
  dayEnds: Date;
  monthEnds: Date;
}

/** Days and months are those of UTC, by the database’s clock. Calls that run count with what their prompts cost at least. */
export async function sumSpend(db: Db | Tx, holder: Holder): Promise<Spend> {
  const { rows } = await sql<{ today: number; month: number; day_ends: Date; month_ends: Date }>`
    select
      coalesce(sum(cost_microusd) filter (where begun_at >= ${TODAY} at time zone 'utc'), 0)::bigint as today,
      coalesce(sum(cost_microusd), 0)::bigint as month,
      (${TODAY} + interval '1 day') at time zone 'utc' as day_ends,
      (${THIS_MONTH} + interval '1 month') at time zone 'utc' as month_ends
    from model_call
    where ${sql.ref(holder.kind === 'team' ? 'team_id' : 'user_id')} = ${holder.id}
      and begun_at >= ${THIS_MONTH} at time zone 'utc'
  `.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  return {
    todayUsd: row.today / 1_000_000,
    thisMonthUsd: row.month / 1_000_000,
    dayEnds: row.day_ends,
    monthEnds: row.month_ends,
  };
}

const TODAY = sql`date_trunc('day', now() at time zone 'utc')`;
const THIS_MONTH = sql`date_trunc('month', now() at time zone 'utc')`;

function selectHeld(db: Db | Tx, holder: Holder) {
  const query = db.selectFrom('workspace');
  return holder.kind === 'user'
    ? query.where('owner_id', '=', holder.id).where('team_id', 'is', null)
    : query.where('team_id', '=', holder.id);
}
