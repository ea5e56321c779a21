import type { AuditFilter } from '@podex/contracts/audit';
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import type { AuditEntry, DB } from '../database/generated/rows.ts';
import { toJson } from '../database/storable.ts';
import type { PlacedRecord } from './audit-chain.ts';
import type { SealedEnds } from './audit-seal.ts';

// Owns tables: audit_entry, audit_head.

export type AuditRow = Selectable<AuditEntry>;

const HEAD_COLUMNS = ['last_seq', 'last_hash', 'removed_seq', 'removed_hash', 'key_id', 'seal'] as const;

export async function findHead(db: Db | Tx): Promise<SealedEnds> {
  return db.selectFrom('audit_head').select(HEAD_COLUMNS).executeTakeFirstOrThrow();
}

/** Holds the end of the log to the end of the transaction. `now` is of the database, after the wait for it. */
export async function lockHead(tx: Tx): Promise<SealedEnds & { now: Date }> {
  return tx
    .selectFrom('audit_head')
    .select(HEAD_COLUMNS)
    .select(sql<Date>`date_trunc('milliseconds', clock_timestamp())`.as('now'))
    .forUpdate()
    .executeTakeFirstOrThrow();
}

export async function insertEntries(
  tx: Tx,
  entries: readonly (PlacedRecord & { hash: Buffer })[],
): Promise<void> {
  const rows = entries.map((entry) => ({ ...entry, details: toJson(entry.details) }));
  await tx.insertInto('audit_entry').values(rows).execute();
}

export async function updateHead(tx: Tx, head: SealedEnds): Promise<void> {
  const { last_seq, last_hash, removed_seq, removed_hash, key_id, seal } = head;
  await tx
    .updateTable('audit_head')
    .set({ last_seq, last_hash, removed_seq, removed_hash, key_id, seal })
    .execute();
}

/** In the order of the log. */
export async function listChain(
  db: Db | Tx,
  { after, limit }: { after: number; limit: number },
): Promise<AuditRow[]> {
  return db
    .selectFrom('audit_entry')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export async function listFiltered(
  db: Db | Tx,
  filter: AuditFilter,
  page: { before?: number | undefined; limit: number },
): Promise<AuditRow[]> {
  let query = filtered(db, filter);
  if (page.before !== undefined) query = query.where('seq', '<', page.before);
  return query.orderBy('seq', 'desc').limit(page.limit).execute();
}

export async function listForExport(
  db: Db,
  filter: AuditFilter,
  range: { after: number; upTo: number; limit: number },
): Promise<AuditRow[]> {
  return filtered(db, filter)
    .where('seq', '>', range.after)
    .where('seq', '<=', range.upTo)
    .orderBy('seq')
    .limit(range.limit)
    .execute();
}

/** The first entry that is not older than so many days; undefined when all are older. */
export async function findFirstKept(tx: Tx, days: number): Promise<number | undefined> {
  const row = await tx
    .selectFrom('audit_entry')
    .select((select) => select.fn.min('seq').as('seq'))
    .where('at', '>=', sql<Date>`now() - make_interval(days => ${days})`)
    .executeTakeFirst();
  return row?.seq ?? undefined;
}

export async function findHash(db: Db | Tx, seq: number): Promise<Buffer | undefined> {
  const row = await db.selectFrom('audit_entry').select('hash').where('seq', '=', seq).executeTakeFirst();
  return row?.hash;
}

/** What the head says was removed; the database refuses to delete anything else. */
export async function deleteRemoved(tx: Tx, upTo: number): Promise<void> {
  await tx.deleteFrom('audit_entry').where('seq', '<=', upTo).execute();
}

type EntryQuery = SelectQueryBuilder<DB, 'audit_entry', AuditRow>;

function filtered(db: Db | Tx, filter: AuditFilter): EntryQuery {
  let query = db.selectFrom('audit_entry').selectAll();
  const { actor, action, target, workspace, team, result, from, to, q } = filter;
  if (actor === 'system') query = query.where('actor_kind', '=', 'system');
  else if (actor !== undefined) {
    query = query.where((where) =>
      where.or([where('actor_id', '=', actor), where('actor_email', '=', actor.toLowerCase())]),
    );
  }
  if (action !== undefined) {
    query = query.where(sql<boolean>`(action = ${action} or starts_with(action, ${`${action}.`}))`);
  }
  if (target !== undefined) {
    query = query.where((where) =>
      where.or([where('target_id', '=', target), where('target_name', '=', target)]),
    );
  }
  if (workspace !== undefined) query = query.where('workspace_id', '=', workspace);
  if (team !== undefined) query = query.where('team_id', '=', team);
  if (result !== undefined) query = query.where('result', '=', result);
  if (from !== undefined) query = query.where('at', '>=', new Date(from));
  if (to !== undefined) query = query.where('at', '<', new Date(to));
  return q === undefined || q === '' ? query : query.where(contains(q));
}

function contains(q: string) {
  const pattern = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`concat_ws(' ', action, actor_id, actor_email, target_id, target_name, address, request_id) ilike ${pattern}`;
}
