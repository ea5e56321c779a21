import type { Usage } from '@podex/contracts/events';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import type { WorkspaceSize } from '@podex/contracts/workspaces';
import { sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { Holder } from './holder.ts';
import { columnsOf } from './quota-store.ts';

// Owns table model_usage; counts what people and teams have in the tables of others.

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

/** Days and months are those of UTC, by the database’s clock. */
export async function sumSpend(db: Db | Tx, holder: Holder): Promise<Spend> {
  const { rows } = await sql<{ today: number; month: number; day_ends: Date; month_ends: Date }>`
    select
      coalesce(sum(cost_usd) filter (where day = ${TODAY}), 0) as today,
      coalesce(sum(cost_usd), 0) as month,
      (${TODAY} + interval '1 day') at time zone 'utc' as day_ends,
      (date_trunc('month', now() at time zone 'utc') + interval '1 month') at time zone 'utc' as month_ends
    from model_usage
    where ${sql.ref(holder.kind === 'team' ? 'team_id' : 'user_id')} = ${holder.id}
      and day >= date_trunc('month', now() at time zone 'utc')::date
  `.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  return { todayUsd: row.today, thisMonthUsd: row.month, dayEnds: row.day_ends, monthEnds: row.month_ends };
}

/** Adds one call of a model to what the holder has used today. */
export async function addModelUsage(tx: Tx, holder: Holder, usage: Usage): Promise<void> {
  const owner = sql.ref(holder.kind === 'team' ? 'team_id' : 'user_id');
  const { user_id: userId, team_id: teamId } = columnsOf(holder);
  await sql`
    insert into model_usage as kept
      (user_id, team_id, day, model, calls, input_tokens, output_tokens, cached_input_tokens, cost_usd)
    values (${userId}, ${teamId}, ${TODAY}, ${usage.model}, 1, ${usage.input_tokens}, ${usage.output_tokens},
      ${usage.cached_input_tokens}, ${usage.cost_usd ?? 0})
    on conflict (${owner}, day, model) where ${owner} is not null do update set
      calls = kept.calls + 1,
      input_tokens = kept.input_tokens + excluded.input_tokens,
      output_tokens = kept.output_tokens + excluded.output_tokens,
      cached_input_tokens = kept.cached_input_tokens + excluded.cached_input_tokens,
      cost_usd = kept.cost_usd + excluded.cost_usd
  `.execute(tx);
}

/** The person, or who manages the team. */
export async function listBudgetRecipients(tx: Tx, holder: Holder): Promise<{ id: UserId; email: string }[]> {
  const people = tx.selectFrom('user').select(['user.id', 'user.email']).where(isActiveUser());
  if (holder.kind === 'user') return people.where('user.id', '=', holder.id).execute();
  return people
    .innerJoin('team_member', 'team_member.user_id', 'user.id')
    .where('team_member.team_id', '=', holder.id)
    .where('team_member.role', 'in', ['owner', 'admin'])
    .execute();
}

const TODAY = sql`(now() at time zone 'utc')::date`;

function selectHeld(db: Db | Tx, holder: Holder) {
  const query = db.selectFrom('workspace');
  return holder.kind === 'user'
    ? query.where('owner_id', '=', holder.id).where('team_id', 'is', null)
    : query.where('team_id', '=', holder.id);
}
