import type { ConversationId, RuleId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { RuleEffect, RuleMatch } from '@podex/contracts/rules';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { PolicyRule } from '../../database/generated/rows.ts';

// Owns table: policy_rule.

/** Where a rule holds. */
export type RulePlace =
  | { scope: 'conversation'; id: ConversationId }
  | { scope: 'workspace'; id: WorkspaceId }
  | { scope: 'user'; id: UserId };

const COLUMN_OF = { conversation: 'conversation_id', workspace: 'workspace_id', user: 'user_id' } as const;

const COLUMNS = [
  'id',
  'conversation_id',
  'workspace_id',
  'user_id',
  'effect',
  'tool',
  'path',
  'command',
  'created_at',
] as const;
export type RuleRow = Pick<Selectable<PolicyRule>, (typeof COLUMNS)[number]>;

/** Changes of the rules of one place happen one after the other, to the end of the transaction. */
export async function lockRulesOf(tx: Tx, { id }: RulePlace): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`policy_rule ${id}`}, 0))`.execute(tx);
}

/** Newest first. */
export async function listRules(db: Db | Tx, { scope, id }: RulePlace): Promise<RuleRow[]> {
  return db
    .selectFrom('policy_rule')
    .select(COLUMNS)
    .where(COLUMN_OF[scope], '=', id)
    .orderBy('id', 'desc')
    .execute();
}

export async function findRule(
  db: Db | Tx,
  { scope, id }: RulePlace,
  rule: RuleId,
): Promise<RuleRow | undefined> {
  return db
    .selectFrom('policy_rule')
    .select(COLUMNS)
    .where(COLUMN_OF[scope], '=', id)
    .where('id', '=', rule)
    .executeTakeFirst();
}

/** What holds in a conversation: its own, those of its workspace, and those of who owns that. */
export async function listRulesInForce(
  tx: Tx,
  of: { conversationId: ConversationId; workspaceId: WorkspaceId; ownerId: UserId },
): Promise<RuleRow[]> {
  return tx
    .selectFrom('policy_rule')
    .select(COLUMNS)
    .where((where) =>
      where.or([
        where('conversation_id', '=', of.conversationId),
        where('workspace_id', '=', of.workspaceId),
        where('user_id', '=', of.ownerId),
      ]),
    )
    .orderBy('id')
    .execute();
}

export interface NewRule extends RuleMatch {
  id: RuleId;
  effect: RuleEffect;
  createdBy: UserId;
}

export async function insertRule(tx: Tx, { scope, id }: RulePlace, rule: NewRule): Promise<void> {
  const { createdBy, ...values } = rule;
  await tx
    .insertInto('policy_rule')
    .values({ ...values, [COLUMN_OF[scope]]: id, created_by: createdBy })
    .execute();
}

/** @returns what it was; undefined when there was none. */
export async function deleteRule(
  tx: Tx,
  { scope, id }: RulePlace,
  rule: RuleId,
): Promise<RuleRow | undefined> {
  return tx
    .deleteFrom('policy_rule')
    .where(COLUMN_OF[scope], '=', id)
    .where('id', '=', rule)
    .returning(COLUMNS)
    .executeTakeFirst();
}
