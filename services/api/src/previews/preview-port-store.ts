import type { UserId, WorkspaceId } from '@podex/contracts/ids';
import type { PreviewAccess } from '@podex/contracts/previews';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { PreviewPort } from '../database/generated/rows.ts';
import type { PreviewPlace } from './preview-addresses.ts';

// Owns tables: preview_port, preview_code.

export type PreviewPortRow = Selectable<PreviewPort>;

export async function listPreviewPorts(db: Db | Tx, id: WorkspaceId): Promise<PreviewPortRow[]> {
  return db.selectFrom('preview_port').selectAll().where('workspace_id', '=', id).orderBy('port').execute();
}

export async function findPreviewPort(
  db: Db | Tx,
  { workspaceId, port }: PreviewPlace,
): Promise<PreviewPortRow | undefined> {
  return db
    .selectFrom('preview_port')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('port', '=', port)
    .executeTakeFirst();
}

/** Those that a stranger may be looking at now, of workspaces that are there. */
export async function listOpenPorts(db: Db, ids: readonly WorkspaceId[]): Promise<PreviewPortRow[]> {
  return db
    .selectFrom('preview_port')
    .innerJoin('workspace', 'workspace.id', 'preview_port.workspace_id')
    .selectAll('preview_port')
    .where('preview_port.workspace_id', 'in', ids)
    .where('workspace.desired_status', '<>', 'deleted')
    .execute();
}

export async function setPreviewPort(
  tx: Tx,
  { workspaceId, port }: PreviewPlace,
  values: { access: PreviewAccess; label: string | null; linkKey: string },
): Promise<PreviewPortRow> {
  const { access, label, linkKey: link_key } = values;
  const links_expire_at = sql<Date | null>`case when preview_port.link_key = ${link_key} then preview_port.links_expire_at end`;
  return tx
    .insertInto('preview_port')
    .values({ workspace_id: workspaceId, port, access, label, link_key })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'port']).doUpdateSet({ access, label, link_key, links_expire_at }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Of the links that are out, the end of the last is kept: another key of links ends them all. */
export async function keepLinkExpiry(
  tx: Tx,
  { workspaceId, port }: PreviewPlace,
  expiresAt: Date,
): Promise<void> {
  await tx
    .updateTable('preview_port')
    .set({ links_expire_at: sql`greatest(links_expire_at, ${expiresAt})` })
    .where('workspace_id', '=', workspaceId)
    .where('port', '=', port)
    .execute();
}

export interface PreviewCode {
  place: PreviewPlace;
  codeHash: string;
  stateHash: string;
  sessionId: string;
  userId: UserId;
  secondsToLive: number;
}

/** Codes that nobody used are removed with the next that is made. */
export async function insertPreviewCode(tx: Tx, code: PreviewCode): Promise<void> {
  await tx.deleteFrom('preview_code').where('expires_at', '<', sql<Date>`now()`).execute();
  await tx
    .insertInto('preview_code')
    .values({
      code_hash: code.codeHash,
      workspace_id: code.place.workspaceId,
      port: code.place.port,
      state_hash: code.stateHash,
      session_id: code.sessionId,
      user_id: code.userId,
      expires_at: sql`now() + make_interval(secs => ${code.secondsToLive})`,
    })
    .execute();
}

/** A code that is shown is used up, also by a client that it is not for. */
export async function takePreviewCode(db: Db, codeHash: string) {
  return db
    .deleteFrom('preview_code')
    .where('code_hash', '=', codeHash)
    .returning([
      'workspace_id',
      'port',
      'state_hash',
      'session_id',
      'user_id',
      sql<boolean>`expires_at > now()`.as('is_good'),
    ])
    .executeTakeFirst();
}
