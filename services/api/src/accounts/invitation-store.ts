import type { UserRole } from '@podex/contracts/accounts';
import type { InvitationId, UserId } from '@podex/contracts/ids';
import type { PageQuery } from '@podex/contracts/pagination';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { Invitation } from '../database/generated/rows.ts';

// Owns table: invitation.

export type InvitationRow = Selectable<Invitation> & {
  invited_by_email: string | null;
  invited_by_name: string | null;
};

/** Neither used nor revoked nor too old. */
const isOpen = sql<boolean>`invitation.used_at is null and invitation.revoked_at is null and invitation.expires_at > now()`;

function selectOpen(db: Db | Tx) {
  return db
    .selectFrom('invitation')
    .leftJoin('user', 'user.id', 'invitation.invited_by')
    .selectAll('invitation')
    .select(['user.email as invited_by_email', 'user.name as invited_by_name'])
    .where(isOpen);
}

export interface NewInvitation {
  id: InvitationId;
  email: string;
  role: UserRole;
  secretHash: Buffer;
  invitedBy: UserId;
  expiresInDays: number;
}

/** @returns when it expires. */
export async function insertInvitation(tx: Tx, invitation: NewInvitation): Promise<Date> {
  const row = await tx
    .insertInto('invitation')
    .values({
      id: invitation.id,
      email: invitation.email,
      role: invitation.role,
      secret_hash: invitation.secretHash,
      invited_by: invitation.invitedBy,
      expires_at: sql<Date>`now() + make_interval(days => ${invitation.expiresInDays})`,
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  return row.expires_at;
}

export async function revokeInvitationsOf(tx: Tx, email: string): Promise<void> {
  await tx
    .updateTable('invitation')
    .set({ revoked_at: sql<Date>`now()` })
    .where('email', '=', email)
    .where(isOpen)
    .execute();
}

/** @returns whom it was for; undefined when there is no open one with this id. */
export async function revokeInvitation(tx: Tx, id: InvitationId): Promise<string | undefined> {
  const row = await tx
    .updateTable('invitation')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where(isOpen)
    .returning('email')
    .executeTakeFirst();
  return row?.email;
}

export async function findOpenInvitation(
  db: Db | Tx,
  by: { id: InvitationId } | { secretHash: Buffer },
): Promise<InvitationRow | undefined> {
  const query = selectOpen(db);
  const found =
    'id' in by ? query.where('invitation.id', '=', by.id) : query.where('secret_hash', '=', by.secretHash);
  return found.executeTakeFirst();
}

export async function listOpenInvitations(db: Db, page: PageQuery): Promise<InvitationRow[]> {
  let query = selectOpen(db);
  if (page.after !== undefined) query = query.where(sql<boolean>`invitation.id < ${page.after}`);
  return query
    .orderBy('invitation.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Uses it up. Of two that come at once, one gets undefined. */
export async function takeInvitation(
  tx: Tx,
  secretHash: Buffer,
  email: string,
): Promise<{ id: InvitationId; role: UserRole } | undefined> {
  return tx
    .updateTable('invitation')
    .set({ used_at: sql<Date>`now()` })
    .where('secret_hash', '=', secretHash)
    .where('email', '=', email)
    .where(isOpen)
    .returning(['id', 'role'])
    .executeTakeFirst();
}
