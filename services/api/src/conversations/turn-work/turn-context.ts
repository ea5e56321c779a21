import type { StepId, ToolCallId, TurnId } from '@podex/contracts/ids';
import type { StepState, ToolCallState, TurnContext, TurnHistory } from '@podex/contracts/internal/turns';
import type { Tx } from '../../database/connect.ts';
import { type ApprovalOfCall, listApprovalsOfTurns } from '../transcript/approval-store.ts';
import type { ConversationRow } from '../transcript/conversation-store.ts';
import { listMessages, type MessageRow } from '../transcript/message-store.ts';
import { listSteps, listToolCalls, type StepRow, type ToolCallRow } from '../transcript/step-store.ts';
import { listTurnsUpTo, type TurnRow } from '../transcript/turn-store.ts';

interface HistoryRows {
  messages: Map<TurnId, MessageRow[]>;
  steps: Map<TurnId, StepRow[]>;
  toolCalls: Map<StepId, ToolCallRow[]>;
  approvals: Map<ToolCallId, ApprovalOfCall>;
}

/** Everything a worker needs to go on with a turn: the conversation up to it, as it stands in the rows. */
export async function readTurnContext(
  tx: Tx,
  turn: TurnRow,
  conversation: ConversationRow & { workspace_name: string },
  refusal: TurnContext['refusal'],
): Promise<{ context: TurnContext; messagesGiven: number }> {
  const turns = await listTurnsUpTo(tx, turn.conversation_id, turn.ordinal);
  const ids = turns.map((one) => one.id);
  const rows: HistoryRows = {
    messages: Map.groupBy(await listMessages(tx, ids), (message) => message.turn_id),
    steps: Map.groupBy(await listSteps(tx, ids), (step) => step.turn_id),
    toolCalls: Map.groupBy(await listToolCalls(tx, ids), (call) => call.step_id),
    approvals: new Map(
      (await listApprovalsOfTurns(tx, ids)).map((approval) => [approval.tool_call_id, approval]),
    ),
  };
  const context = {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    workspace_id: conversation.workspace_id,
    workspace_name: conversation.workspace_name,
    mode: conversation.mode,
    model: conversation.model,
    allowed_tools: conversation.allowed_tools,
    cancel_requested: turn.cancel_requested,
    refusal,
    turns: turns.map((one) => toHistory(one, rows)),
  };
  return { context, messagesGiven: rows.messages.get(turn.id)?.length ?? 0 };
}

function toHistory(turn: TurnRow, rows: HistoryRows): TurnHistory {
  const messages = rows.messages.get(turn.id) ?? [];
  const steps = rows.steps.get(turn.id) ?? [];
  return {
    turn_id: turn.id,
    messages: messages.map(({ id, text, before_step }) => ({ message_id: id, text, before_step })),
    steps: steps.map((step) => toStepState(step, rows)),
  };
}

function toStepState(step: StepRow, rows: HistoryRows): StepState {
  const calls = rows.toolCalls.get(step.id) ?? [];
  return {
    step_id: step.id,
    step_index: step.step_index,
    status: step.status,
    assistant: step.assistant,
    tool_calls: calls.map((call) => toToolCallState(call, rows.approvals.get(call.id))),
    next_index: step.next_index,
  };
}

function toToolCallState(call: ToolCallRow, approval: ApprovalOfCall | undefined): ToolCallState {
  return {
    tool_call_id: call.id,
    tool: call.tool,
    input: call.input,
    status: call.status,
    output: call.output,
    files: call.files ?? [],
    approval: approval === undefined ? null : toApprovalState(approval),
  };
}

function toApprovalState({ id, status, is_diff: isDiff, etag, target }: ApprovalOfCall) {
  return { id, status, file: isDiff ? { etag, target } : null };
}
