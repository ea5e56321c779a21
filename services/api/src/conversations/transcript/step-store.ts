import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { FileVersion } from '@podex/contracts/file-versions';
import type { StepId, ToolCallId, TurnId } from '@podex/contracts/ids';
import type { AssistantPart, ToolCallState } from '@podex/contracts/internal/turns';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/connect.ts';
import type { Step, ToolCall } from '../../database/generated/rows.ts';
import { toJson, toText } from '../../database/storable.ts';

// Owns tables: step, tool_call.

export type StepRow = Selectable<Step>;
export type ToolCallRow = Selectable<ToolCall>;

export async function insertStep(
  tx: Tx,
  step: { id: StepId; turnId: TurnId; index: number; model: string },
): Promise<void> {
  await tx
    .insertInto('step')
    .values({ id: step.id, turn_id: step.turnId, step_index: step.index, model: toText(step.model) })
    .execute();
}

export async function findStep(db: Db | Tx, turnId: TurnId, index: number): Promise<StepRow | undefined> {
  return db
    .selectFrom('step')
    .selectAll()
    .where('turn_id', '=', turnId)
    .where('step_index', '=', index)
    .executeTakeFirst();
}

/** -1 before the first step. */
export async function getLastStepIndex(db: Db | Tx, turnId: TurnId): Promise<number> {
  const row = await db
    .selectFrom('step')
    .select(sql<number>`coalesce(max(step_index), -1)`.as('last'))
    .where('turn_id', '=', turnId)
    .executeTakeFirstOrThrow();
  return row.last;
}

export async function listSteps(db: Db | Tx, turnIds: readonly TurnId[]): Promise<StepRow[]> {
  if (turnIds.length === 0) return [];
  return db
    .selectFrom('step')
    .selectAll()
    .where('turn_id', 'in', turnIds)
    .orderBy('turn_id')
    .orderBy('step_index')
    .execute();
}

export async function setStepProgress(
  tx: Tx,
  id: StepId,
  progress: {
    nextIndex: number;
    status: StepRow['status'];
    isTruncated?: boolean | undefined;
    assistant?: readonly AssistantPart[] | undefined;
  },
): Promise<void> {
  await tx
    .updateTable('step')
    .set({
      next_index: progress.nextIndex,
      status: progress.status,
      ...(progress.isTruncated === true ? { is_truncated: true } : {}),
      ...(progress.assistant === undefined ? {} : { assistant: toJson(progress.assistant) }),
    })
    .where('id', '=', id)
    .execute();
}

export interface NewToolCall {
  id: ToolCallId;
  stepId: StepId;
  tool: string;
  input: Record<string, unknown>;
  summary: string;
}

/** A call that is there already stays as it is: its worker was lost and says it again. */
export async function insertToolCall(tx: Tx, call: NewToolCall): Promise<void> {
  await tx
    .insertInto('tool_call')
    .values({
      id: call.id,
      step_id: call.stepId,
      tool: toText(call.tool),
      input: toJson(call.input),
      summary: toText(call.summary),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

export async function endToolCall(
  tx: Tx,
  id: ToolCallId,
  end: {
    status: Exclude<ToolCallState['status'], 'pending'>;
    output: string;
    files?: readonly FileVersion[] | undefined;
  },
): Promise<void> {
  await tx
    .updateTable('tool_call')
    .set({
      status: end.status,
      output: toText(end.output),
      files: end.files === undefined ? null : toJson(end.files),
      ended_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute();
}

/** The model is asked again: what it wanted before does not count. */
export async function deletePendingToolCalls(tx: Tx, stepId: StepId): Promise<void> {
  await tx.deleteFrom('tool_call').where('step_id', '=', stepId).where('status', '=', 'pending').execute();
}

export async function setStepModel(tx: Tx, id: StepId, model: string): Promise<void> {
  await tx
    .updateTable('step')
    .set({ model: toText(model) })
    .where('id', '=', id)
    .execute();
}

/** The model is asked again for this step after a failure. */
export async function countRetry(tx: Tx, id: StepId): Promise<void> {
  await tx.updateTable('step').set({ retries: sql<number>`retries + 1` }).where('id', '=', id).execute();
}

/** The turn is over: calls that did not end will not. @returns them, in their order. */
export async function cancelPendingToolCalls(tx: Tx, turnId: TurnId, output: string): Promise<ToolCallRow[]> {
  const cancelled = await tx
    .updateTable('tool_call')
    .set({ status: 'cancelled', output, ended_at: sql<Date>`now()` })
    .where('status', '=', 'pending')
    .where('step_id', 'in', (query) => query.selectFrom('step').select('id').where('turn_id', '=', turnId))
    .returningAll()
    .execute();
  return cancelled.toSorted((one, other) => one.ordinal - other.ordinal);
}

/** The turn is over, and with it the step that was open. */
export async function finishOpenSteps(tx: Tx, turnId: TurnId): Promise<StepRow[]> {
  return tx
    .updateTable('step')
    .set({ status: 'finished' })
    .where('turn_id', '=', turnId)
    .where('status', '<>', 'finished')
    .returningAll()
    .execute();
}

/** Undefined before the first step. */
export async function findLastStep(db: Db | Tx, turnId: TurnId): Promise<StepRow | undefined> {
  return db
    .selectFrom('step')
    .selectAll()
    .where('turn_id', '=', turnId)
    .orderBy('step_index', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function listToolCalls(db: Db | Tx, turnIds: readonly TurnId[]): Promise<ToolCallRow[]> {
  if (turnIds.length === 0) return [];
  return db
    .selectFrom('tool_call')
    .innerJoin('step', 'step.id', 'tool_call.step_id')
    .selectAll('tool_call')
    .where('step.turn_id', 'in', turnIds)
    .orderBy('tool_call.ordinal')
    .execute();
}

/** The whole inputs of calls; without those of calls that are not there. */
export async function listInputs(
  db: Db | Tx,
  ids: readonly ToolCallId[],
): Promise<Record<ToolCallId, Record<string, unknown>>> {
  if (ids.length === 0) return {};
  const rows = await db.selectFrom('tool_call').select(['id', 'input']).where('id', 'in', ids).execute();
  return Object.fromEntries(rows.map(({ id, input }) => [id, input]));
}

/** How many bytes the inputs take that are shown with the events of each turn. */
export async function measureInputs(db: Db | Tx, turnIds: readonly TurnId[]): Promise<Map<TurnId, number>> {
  if (turnIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('tool_call')
    .innerJoin('step', 'step.id', 'tool_call.step_id')
    .select('step.turn_id')
    .select(
      sql<number>`sum(least(pg_column_size(input), ${TOOL_OUTPUT_MAX_CHARACTERS}::integer))::float8`.as(
        'bytes',
      ),
    )
    .where('step.turn_id', 'in', turnIds)
    .groupBy('step.turn_id')
    .execute();
  return new Map(rows.map((row) => [row.turn_id, row.bytes]));
}
