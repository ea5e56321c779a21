import type { ShareRole } from '@podex/contracts/access';
import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import type { Db, Tx } from '../../database/connect.ts';

// Owns table: workspace_share.

export interface ShareRow {
  user_id: UserId;
  name: string;
  email: string;
  role: ShareRole;
  shared_at: Date;
}

export async function listShares(db: Db | Tx, id: WorkspaceId): Promise<ShareRow[]> {
  return db
    .selectFrom('workspace_share')
    .innerJoin('user', 'user.id', 'workspace_share.user_id')
    .select([
      'workspace_share.user_id',
      'user.name',
      'user.email',
      'workspace_share.role',
      'workspace_share.shared_at',
    ])
    .where('workspace_share.workspace_id', '=', id)
    .orderBy('workspace_share.shared_at')
    .orderBy('workspace_share.user_id')
    .execute();
}

export async function setShare(
  tx: Tx,
  id: WorkspaceId,
  share: { userId: UserId; role: ShareRole; sharedBy: UserId },
): Promise<void> {
  const { userId, role, sharedBy } = share;
  await tx
    .insertInto('workspace_share')
    .values({ workspace_id: id, user_id: userId, role, shared_by: sharedBy })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet({ role }))
    .execute();
}

/** @returns whether there was one. */
export async function updateShare(
  tx: Tx,
  id: WorkspaceId,
  userId: UserId,
  role: ShareRole,
): Promise<boolean> {
  const result = await tx
    .updateTable('workspace_share')
    .set({ role })
    .where('workspace_id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** @returns whether there was one. */
export async function deleteShare(tx: Tx, id: WorkspaceId, userId: UserId): Promise<boolean> {
  const result = await tx
    .deleteFrom('workspace_share')
    .where('workspace_id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
