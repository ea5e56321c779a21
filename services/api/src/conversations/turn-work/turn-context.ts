import type { StepId, ToolCallId, TurnId } from '@podex/contracts/ids';
import type { StepState, ToolCallState, TurnContext, TurnHistory } from '@podex/contracts/internal/turns';
import { readClock } from '../../database/clock.ts';
import type { Tx } from '../../database/connect.ts';
import { listRulesInForce } from '../rules/rule-store.ts';
import { toPolicyRule } from '../rules/rule-view.ts';
import { type ApprovalOfCall, listApprovalsOfTurns } from '../transcript/approval-store.ts';
import type { ConversationInWorkspace } from '../transcript/conversation-store.ts';
import { listMessages, type MessageRow } from '../transcript/message-store.ts';
import { listSteps, listToolCalls, type StepRow, type ToolCallRow } from '../transcript/step-store.ts';
import { listTurnsUpTo, type TurnRow } from '../transcript/turn-store.ts';
import { isWorkspaceWaitOver } from './workspace-wait.ts';

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
  conversation: ConversationInWorkspace,
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
  const rules = await listRulesInForce(tx, {
    conversationId: turn.conversation_id,
    workspaceId: conversation.workspace_id,
    ownerId: conversation.owner_id,
  });
  const context = {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    workspace_id: conversation.workspace_id,
    workspace_name: conversation.workspace_name,
    mode: conversation.mode,
    model: conversation.model,
    rules: rules.map(toPolicyRule),
    cancel_requested: turn.cancel_requested,
    refusal,
    workspace_wait_over: isWorkspaceWaitOver(turn.workspace_waited_since, await readClock(tx)),
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
    is_truncated: step.is_truncated,
    retries: step.retries,
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

function toApprovalState({ id, status, answer, is_diff: isDiff, etag, target }: ApprovalOfCall) {
  return { id, status, answer, file: isDiff ? { etag, target } : null };
}
