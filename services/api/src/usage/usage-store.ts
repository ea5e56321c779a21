import type { ConversationId } from '@podex/contracts/ids';
import type { AdminUsageGroup, UsageRow, UsageSum } from '@podex/contracts/model-usage';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Holder } from '../quotas/holder.ts';

// Reads table model_call, which model-call-store.ts owns.

/** UTC days, both included. */
export interface UsageFilter {
  /** Undefined: everybody’s. */
  holder: Holder | undefined;
  from: string;
  to: string;
}

const SUMS = sql`
  count(*)::integer as calls,
  (count(*) filter (where outcome not in ('whole', 'truncated')))::integer as failed_calls,
  coalesce(sum(input_tokens), 0)::bigint as input_tokens,
  coalesce(sum(cached_input_tokens), 0)::bigint as cached_input_tokens,
  coalesce(sum(cache_write_tokens), 0)::bigint as cache_write_tokens,
  coalesce(sum(output_tokens), 0)::bigint as output_tokens,
  coalesce(sum(reasoning_tokens), 0)::bigint as reasoning_tokens,
  sum(cost_microusd)::bigint as cost_microusd,
  (count(*) filter (where cost_microusd is null and outcome is not null))::integer as unpriced_calls,
  (count(*) filter (where is_estimated))::integer as estimated_calls`;

type Sums = Omit<UsageSum, 'cost_usd'> & { cost_microusd: number | null };

const KEYS: Readonly<Record<AdminUsageGroup, RawBuilder<string>>> = {
  day: sql`to_char(begun_at at time zone 'utc', 'YYYY-MM-DD')`,
  model: sql`model`,
  workspace: sql`workspace_id`,
  conversation: sql`conversation_id`,
  holder: sql`coalesce(user_id, team_id)`,
};

/** Names of what is there and still theirs: what has gone to somebody else is not told. */
const NAMES: Readonly<Record<AdminUsageGroup, RawBuilder<string | null>>> = {
  day: sql`null`,
  model: sql`null`,
  workspace: sql`(select name from workspace w where w.id = grouped.key and w.desired_status <> 'deleted' and
    case when grouped.team_id is null then w.owner_id = grouped.user_id and w.team_id is null else w.team_id = grouped.team_id end)`,
  conversation: sql`(select nullif(c.title, '') from conversation c join workspace w on w.id = c.workspace_id
    where c.id = grouped.key and c.deleted_at is null and w.desired_status <> 'deleted' and
    case when grouped.team_id is null then w.owner_id = grouped.user_id and w.team_id is null else w.team_id = grouped.team_id end)`,
  holder: sql`coalesce((select email from "user" u where u.id = grouped.key and u.deleted_at is null),
    (select name from team t where t.id = grouped.key))`,
};

export interface UsagePlace {
  cost: number;
  key: string;
}

/** Days from the newest on, everything else from the most expensive on; `limit + 1` rows, of which the last says that there are more. */
export async function listUsage(
  db: Db | Tx,
  by: AdminUsageGroup,
  filter: UsageFilter,
  page: { after: UsagePlace | undefined; limit: number },
): Promise<(UsageRow & { place: UsagePlace })[]> {
  const rank = by === 'day' ? sql`0::bigint` : sql`coalesce(cost_microusd, 0)`;
  const { after, limit } = page;
  const { rows } = await sql<Sums & { key: string; name: string | null; rank: number }>`
    select grouped.*, ${NAMES[by]} as name
    from (
      select ${KEYS[by]} as key, max(user_id) as user_id, max(team_id) as team_id, ${SUMS}
      from model_call where ${matches(filter)} group by 1
    ) as grouped
    where ${after === undefined ? sql`true` : sql`(${rank}, key collate "C") < (${after.cost}::bigint, ${after.key})`}
    order by ${rank} desc, key collate "C" desc
    limit ${limit + 1}
  `.execute(db);
  return rows.map(({ key, name, ...sums }) => ({
    key,
    name,
    ...toUsageSum(sums),
    place: { key, cost: by === 'day' ? 0 : (sums.cost_microusd ?? 0) },
  }));
}

export async function sumUsage(db: Db | Tx, filter: UsageFilter): Promise<UsageSum> {
  const { rows } = await sql<Sums>`select ${SUMS} from model_call where ${matches(filter)}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate without a row');
  return toUsageSum(row);
}

/** Of those that have used anything. */
export async function sumUsageOfConversations(
  db: Db | Tx,
  ids: readonly ConversationId[],
): Promise<Map<ConversationId, UsageSum>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Sums & { conversation_id: ConversationId }>`
    select conversation_id, ${SUMS} from model_call where conversation_id = any(${[...ids]}) group by 1
  `.execute(db);
  return new Map(rows.map((row) => [row.conversation_id, toUsageSum(row)]));
}

function matches({ holder, from, to }: UsageFilter) {
  const inRange = sql`begun_at >= ${from}::date::timestamp at time zone 'utc'
    and begun_at < (${to}::date + 1)::timestamp at time zone 'utc'`;
  if (holder === undefined) return inRange;
  return sql`${inRange} and ${sql.ref(holder.kind === 'team' ? 'team_id' : 'user_id')} = ${holder.id}`;
}

function toUsageSum(row: Sums): UsageSum {
  return {
    calls: row.calls,
    failed_calls: row.failed_calls,
    input_tokens: row.input_tokens,
    cached_input_tokens: row.cached_input_tokens,
    cache_write_tokens: row.cache_write_tokens,
    output_tokens: row.output_tokens,
    reasoning_tokens: row.reasoning_tokens,
    cost_usd: row.cost_microusd === null ? null : row.cost_microusd / 1_000_000,
    unpriced_calls: row.unpriced_calls,
    estimated_calls: row.estimated_calls,
  };
}
