import type { PageQuery } from '@podex/contracts/pagination';
import { type NotNull, sql } from 'kysely';
import type { Db } from '../../database/connect.ts';

// Reads what other stores own: workspace (workspace-work-store.ts writes what it waits for), user, team.

/** Workspaces that no server took at their last try. */
export async function listWaiting(db: Db, page: PageQuery) {
  let query = db
    .selectFrom('workspace')
    .innerJoin('user', 'user.id', 'workspace.owner_id')
    .leftJoin('team', 'team.id', 'workspace.team_id')
    .select([
      'workspace.id',
      'workspace.name',
      'workspace.owner_id',
      'user.email as owner_email',
      'workspace.team_id',
      'team.name as team_name',
      'workspace.size',
      'workspace.region',
      'workspace.region_match',
      'workspace.required_labels',
      'workspace.next_attempt_at',
      'workspace.waits_for',
      'workspace.waits_since',
    ])
    .where('workspace.waits_since', 'is not', null)
    .where('workspace.waits_for', 'is not', null);
  if (page.after !== undefined) query = query.where(sql<boolean>`workspace.id > ${page.after}`);
  return query
    .orderBy('workspace.id')
    .limit(page.limit + 1)
    .$narrowType<{ waits_since: NotNull; waits_for: NotNull }>()
    .execute();
}

export type WaitingRow = Awaited<ReturnType<typeof listWaiting>>[number];
