import type { EventBody } from '@podex/contracts/events';
import type { ConversationId, StepId, TurnId, UserId, WorkspaceId } from '@podex/contracts/ids';
import type { ModelCallOutcome, ModelTokens } from '@podex/contracts/model-usage';
import { type Selectable, sql } from 'kysely';
import { isActiveUser } from '../access/active-user-store.ts';
import type { Tx } from '../database/connect.ts';
import type { ModelCall } from '../database/generated/rows.ts';
import { toText } from '../database/storable.ts';
import type { Holder } from '../quotas/holder.ts';
import { columnsOf } from '../quotas/quota-store.ts';
import type { KnownPrice } from './model-cost.ts';

// Owns table model_call.

export type ModelCallRow = Selectable<ModelCall>;

const LOST = 'worker_lost';

export interface CallPlace {
  holder: Holder;
  workspaceId: WorkspaceId;
  conversationId: ConversationId;
  turnId: TurnId;
  stepId: StepId;
}

/** Opens the next attempt of the step. Its cost is what its prompt costs at least, so that budgets count it while it runs. */
export async function insertCall(
  tx: Tx,
  place: CallPlace,
  call: { model: string; inputTokens: number; known: KnownPrice; cost: number | null },
): Promise<void> {
  const { price, source } = call.known;
  await tx
    .insertInto('model_call')
    .values({
      ...columnsOf(place.holder),
      workspace_id: place.workspaceId,
      conversation_id: place.conversationId,
      turn_id: place.turnId,
      step_id: place.stepId,
      attempt: sql<number>`(select coalesce(max(attempt), 0) + 1 from model_call where step_id = ${place.stepId})`,
      model: toText(call.model),
      input_tokens: call.inputTokens,
      is_estimated: true,
      price_source: source,
      input_price: price?.input ?? null,
      cached_input_price: price?.cachedInput ?? null,
      cache_write_price: price?.cacheWrite ?? null,
      output_price: price?.output ?? null,
      cost_microusd: call.cost,
    })
    .execute();
}

/** The call of the step that runs; undefined when none does. */
export async function findOpenCall(tx: Tx, stepId: StepId): Promise<ModelCallRow | undefined> {
  return tx
    .selectFrom('model_call')
    .selectAll()
    .where('step_id', '=', stepId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
}

/** Whether the provider’s figures for this response were counted already, in an earlier attempt of the step. */
export async function isCounted(tx: Tx, { id, step_id }: ModelCallRow, responseId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('model_call')
    .select('id')
    .where('step_id', '=', step_id)
    .where('response_id', '=', toText(responseId))
    .where('is_estimated', '=', false)
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface CallEnd {
  outcome: ModelCallOutcome;
  code: string | null;
  finishReason: string | null;
  responseId: string | null;
  tokens: ModelTokens;
  isEstimated: boolean;
  cost: number | null;
  priceSource: string;
}

export async function endCall(tx: Tx, id: number, end: CallEnd): Promise<ModelCallRow> {
  const { code, finishReason, responseId } = end;
  return tx
    .updateTable('model_call')
    .set({
      ...end.tokens,
      ended_at: sql<Date>`now()`,
      outcome: end.outcome,
      error_code: code === null ? null : toText(code),
      finish_reason: finishReason === null ? null : toText(finishReason),
      response_id: responseId === null ? null : toText(responseId),
      is_estimated: end.isEstimated,
      cost_microusd: end.cost,
      price_source: end.priceSource,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** No worker is there any more that would end them: they keep what their prompts cost at least. @returns what to tell of them. */
export async function closeOpenCalls(
  tx: Tx,
  turnId: TurnId,
  outcome: Extract<ModelCallOutcome, 'broken' | 'cancelled'>,
): Promise<EventBody[]> {
  const rows = await tx
    .updateTable('model_call')
    .set({ ended_at: sql<Date>`now()`, outcome, error_code: outcome === 'broken' ? LOST : null })
    .where('turn_id', '=', turnId)
    .where('outcome', 'is', null)
    .returningAll()
    .execute();
  return rows.map(toUsageEvent);
}

/** What a conversation is told of a call that has ended. */
export function toUsageEvent(row: ModelCallRow): EventBody {
  return {
    type: 'usage.recorded',
    turn_id: row.turn_id,
    step_id: row.step_id,
    usage: {
      model: row.model,
      input_tokens: row.input_tokens,
      output_tokens: row.output_tokens,
      cached_input_tokens: row.cached_input_tokens,
      cost_usd: row.cost_microusd === null ? null : row.cost_microusd / 1_000_000,
    },
  };
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
