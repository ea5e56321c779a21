import { PodexError } from '@podex/contracts/errors';
import type { WorkerEvent } from '@podex/contracts/events';
import type { ConversationId, ToolCallId, WorkspaceId } from '@podex/contracts/ids';
import type { AppendInput, AssistantPart } from '@podex/contracts/internal/turns';
import type { Tx } from '../../database/connect.ts';
import { insertApproval } from '../transcript/approval-store.ts';
import { withoutContents } from '../transcript/event-contents.ts';
import { postponeUngivenMessages } from '../transcript/message-store.ts';
import {
  countRetry,
  deletePendingToolCalls,
  endToolCall,
  findStep,
  insertStep,
  insertToolCall,
  type StepRow,
  setStepModel,
  setStepProgress,
} from '../transcript/step-store.ts';
import { noteProgress, type TurnRow } from '../transcript/turn-store.ts';

/** The turn an event belongs to. */
export interface ProjectedTurn {
  turn: TurnRow;
  conversationId: ConversationId;
  workspaceId: WorkspaceId;
}

type Inputs = ReadonlyMap<ToolCallId, Record<string, unknown>>;

interface ProjectedStep {
  step: StepRow;
  inputs: Inputs;
  progress: { status: StepRow['status'] };
}

/**
 * Writes the rows that a batch of events speaks of: step, tool calls, approvals. Events below the step’s `next_index` were taken
 * before and are left out.
 *
 * @returns the events that are new, without what these rows hold.
 * @throws PodexError conflict when the batch leaves a gap, or names another step than the one at its index.
 */
export async function projectBatch(
  tx: Tx,
  of: ProjectedTurn,
  batch: AppendInput,
): Promise<readonly WorkerEvent[]> {
  const step = await openStep(tx, of.turn, batch);
  const known = step.next_index - batch.first_index;
  if (known < 0) {
    throw conflict(`Events ${step.next_index} to ${batch.first_index - 1} of this step are missing.`);
  }
  const fresh = batch.events.slice(known);
  if (fresh.length === 0) return [];
  const progress = { status: step.status };
  const inputs = inputsOf(batch.assistant);
  for (const event of fresh) await projectEvent(tx, of, { step, inputs, progress }, event);
  if (fresh.some(({ type }) => type === 'tool_call.end' || type === 'step.finished')) {
    await noteProgress(tx, of.turn.id);
  }
  const hasAnswer = batch.assistant !== undefined && progress.status === 'thinking';
  if (hasAnswer) progress.status = 'acting';
  await setStepProgress(tx, step.id, {
    nextIndex: batch.first_index + batch.events.length,
    status: progress.status,
    isTruncated: fresh.some((event) => event.type === 'step.finished' && event.is_truncated === true),
    // The finished step keeps its answer as well, when both came in one batch.
    assistant: step.status === 'thinking' ? withoutInputs(batch.assistant, fresh) : undefined,
  });
  return fresh.map(withoutContents);
}

/** The whole ones; those of events may be shortened. */
function inputsOf(assistant: readonly AssistantPart[] = []): Inputs {
  return new Map(
    assistant.flatMap((part) => (part.type === 'tool_call' ? [[part.tool_call_id, part.input]] : [])),
  );
}

/** The input of a call stands in its row. */
function withoutInputs(
  assistant: readonly AssistantPart[] | undefined,
  events: readonly WorkerEvent[],
): AssistantPart[] | undefined {
  const calls = new Set(
    events.flatMap((event) => (event.type === 'tool_call.ready' ? [event.tool_call_id] : [])),
  );
  return assistant?.map((part) =>
    part.type === 'tool_call' && calls.has(part.tool_call_id) ? { ...part, input: {} } : part,
  );
}

async function openStep(tx: Tx, turn: TurnRow, batch: AppendInput): Promise<StepRow> {
  const existing = await findStep(tx, turn.id, batch.step_index);
  if (existing !== undefined) {
    if (existing.id === batch.step_id) return existing;
    throw conflict(`Step ${batch.step_index} of this turn is ${existing.id}.`);
  }
  const [first] = batch.events;
  if (first?.type !== 'step.started' || batch.first_index !== 0) {
    throw conflict('A step begins with the event step.started, numbered 0.');
  }
  const { step_id: id, step_index: index } = batch;
  await insertStep(tx, { id, turnId: turn.id, index, model: first.model });
  await postponeUngivenMessages(tx, turn.id, { step: index, given: turn.messages_given });
  const step = await findStep(tx, turn.id, index);
  if (step === undefined) throw new Error(`step ${id} vanished within its transaction`);
  return step;
}

async function projectEvent(
  tx: Tx,
  of: ProjectedTurn,
  { step, inputs, progress }: ProjectedStep,
  event: WorkerEvent,
): Promise<void> {
  switch (event.type) {
    case 'step.restarted':
      if (event.model !== undefined) await setStepModel(tx, step.id, event.model);
      return deletePendingToolCalls(tx, step.id);
    case 'step.finished':
      progress.status = 'finished';
      return undefined;
    case 'step.retrying':
      return countRetry(tx, step.id);
    case 'tool_call.ready': {
      const { tool_call_id: id, tool, summary } = event;
      const input = inputs.get(id) ?? event.input;
      return insertToolCall(tx, { id, stepId: step.id, tool, input, summary });
    }
    case 'tool_call.end':
      return endToolCall(tx, event.tool_call_id, event);
    case 'approval.requested':
      return insertApproval(tx, {
        approval: event.approval,
        toolCallId: event.tool_call_id,
        turnId: of.turn.id,
        conversationId: of.conversationId,
        workspaceId: of.workspaceId,
      });
    default:
      // The others only stream: they stand in the conversation’s events and change no row.
      return undefined;
  }
}

function conflict(message: string): PodexError {
  return new PodexError('conflict', message, {});
}
