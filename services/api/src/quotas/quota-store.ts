import type { TeamId, UserId } from '@podex/contracts/ids';
import { QUOTA_KEYS, type QuotaKey } from '@podex/contracts/quotas';
import type { ExpressionBuilder } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Db, Tx } from '../database/connect.ts';
import type { DB } from '../database/generated/rows.ts';
import type { Holder } from './holder.ts';

// Owns table quota_override.

const TEAMS_MAX = 100;

/**
 * Held to the end of the transaction: what one holder takes is counted one after the other. Rows that refer to it may still be made.
 * It is the last lock of a transaction: conversation, workspace and turn come before it.
 *
 * @returns whether the holder may have anything run.
 */
export async function lockUsage(tx: Tx, holder: Holder): Promise<boolean> {
  if (holder.kind === 'team') {
    await tx.selectFrom('team').select('id').where('id', '=', holder.id).forNoKeyUpdate().execute();
    return true;
  }
  const row = await tx
    .selectFrom('user')
    .select(isActiveUser().as('is_active'))
    .where('id', '=', holder.id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.is_active === true;
}

/** What an admin has set for this holder. */
export async function listOverrides(db: Db | Tx, holder: Holder): Promise<ReadonlyMap<QuotaKey, number>> {
  const rows = await db
    .selectFrom('quota_override')
    .select(['quota', 'max'])
    .where(isHeldBy(holder))
    .execute();
  return new Map(rows.flatMap(({ quota, max }) => (isQuota(quota) ? [[quota, max] as const] : [])));
}

/** `max`: null takes it away. */
export async function setOverride(
  tx: Tx,
  holder: Holder,
  quota: QuotaKey,
  max: number | null,
): Promise<void> {
  if (max === null) {
    await tx.deleteFrom('quota_override').where(isHeldBy(holder)).where('quota', '=', quota).execute();
    return;
  }
  const column = holder.kind === 'team' ? 'team_id' : 'user_id';
  await tx
    .insertInto('quota_override')
    .values({ ...columnsOf(holder), quota, max })
    .onConflict((conflict) =>
      conflict.columns([column, 'quota']).where(column, 'is not', null).doUpdateSet({ max }),
    )
    .execute();
}

/** Undefined when there is no such user or team. */
export async function findHolderName(db: Db | Tx, holder: Holder): Promise<string | undefined> {
  if (holder.kind === 'team') {
    const team = await db.selectFrom('team').select('name').where('id', '=', holder.id).executeTakeFirst();
    return team?.name;
  }
  const user = await db
    .selectFrom('user')
    .select('name')
    .where('id', '=', holder.id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return user?.name;
}

/** By name. */
export async function listTeamIdsOf(db: Db | Tx, userId: UserId): Promise<TeamId[]> {
  const rows = await db
    .selectFrom('team_member')
    .innerJoin('team', 'team.id', 'team_member.team_id')
    .select('team.id')
    .where('team_member.user_id', '=', userId)
    .orderBy('team.name')
    .orderBy('team.id')
    .limit(TEAMS_MAX)
    .execute();
  return rows.map(({ id }) => id);
}

/** The columns by which a row belongs to a holder. */
export function columnsOf({ kind, id }: Holder) {
  return kind === 'team' ? { user_id: null, team_id: id } : { user_id: id, team_id: null };
}

function isHeldBy({ kind, id }: Holder) {
  return (where: ExpressionBuilder<DB, 'quota_override'>) =>
    where(kind === 'team' ? 'team_id' : 'user_id', '=', id);
}

/** A quota of an older or newer Podex is left alone. */
function isQuota(name: string): name is QuotaKey {
  return QUOTA_KEYS.some((key) => key === name);
}
