import type { ApprovalId, WorkspaceId } from '@podex/contracts/ids';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';

// Reads tables: approval, conversation, workspace, user, mail.

const ONCE_PREFIX = 'approval:';

export interface LongWaiting {
  id: ApprovalId;
  workspace_id: WorkspaceId;
  workspace: string;
  email: string;
  expires_at: Date;
}

/** Approvals that have waited for so long, whose owner was not told by mail yet. */
export async function listLongWaiting(
  db: Db | Tx,
  { waitedMs, limit }: { waitedMs: number; limit: number },
): Promise<LongWaiting[]> {
  return db
    .selectFrom('approval')
    .innerJoin('conversation', 'conversation.id', 'approval.conversation_id')
    .innerJoin('workspace', 'workspace.id', 'approval.workspace_id')
    .innerJoin('user', 'user.id', 'workspace.owner_id')
    .select(['approval.id', 'approval.workspace_id', 'approval.expires_at', 'user.email'])
    .select('workspace.name as workspace')
    .where('approval.status', '=', 'pending')
    .where('approval.expires_at', '>', sql<Date>`now()`)
    .where('approval.created_at', '<=', sql<Date>`now() - make_interval(secs => ${waitedMs / 1000})`)
    .where('conversation.deleted_at', 'is', null)
    .where('workspace.desired_status', '<>', 'deleted')
    .where(
      sql<boolean>`not exists (select from mail where once_key = ${sql.lit(ONCE_PREFIX)} || approval.id)`,
    )
    .orderBy('approval.created_at')
    .limit(limit)
    .execute();
}

/** One mail for each approval, whichever process finds that it waits. */
export function onceKeyOf(id: ApprovalId): string {
  return `${ONCE_PREFIX}${id}`;
}
