import { createHash } from 'node:crypto';
import type { StepId, ToolCallId, TurnId } from '@podex/contracts/ids';
import type {
  AssistantPart,
  StepNews,
  StepState,
  ToolCallState,
  TurnContext,
  TurnHistory,
  UserMessageState,
} from '@podex/contracts/internal/turns';
import { readClock } from '../../database/clock.ts';
import type { Tx } from '../../database/connect.ts';
import { listRulesInForce } from '../rules/rule-store.ts';
import { toPolicyRule } from '../rules/rule-view.ts';
import { type ApprovalOfCall, listApprovalsOfTurns } from '../transcript/approval-store.ts';
import type { ConversationInWorkspace } from '../transcript/conversation-store.ts';
import { listMessages, listUnreadMessages, type MessageRow } from '../transcript/message-store.ts';
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
): Promise<TurnContext> {
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
  const rules = await readRules(tx, conversation);
  return {
    turn_id: turn.id,
    conversation_id: turn.conversation_id,
    workspace_id: conversation.workspace_id,
    workspace_name: conversation.workspace_name,
    mode: conversation.mode,
    model: conversation.model,
    ...rules,
    cancel_requested: turn.cancel_requested,
    refusal,
    workspace_wait_over: isWorkspaceWaitOver(turn.workspace_waited_since, await readClock(tx)),
    turns: turns.map((one) => toHistory(one, rows)),
  };
}

/** What has changed for the next step of a turn, whose step `lastStep` is finished, besides what its worker appended. */
export async function readStepNews(
  tx: Tx,
  turn: TurnRow,
  conversation: ConversationInWorkspace,
  { lastStep, refusal, rulesVersion }: KnownToWorker,
): Promise<StepNews> {
  const { mode, model } = conversation;
  const { rules, rules_version } = await readRules(tx, conversation);
  const unread = await listUnreadMessages(tx, turn.id, lastStep);
  return {
    mode,
    model,
    refusal,
    rules_version,
    rules: rules_version === rulesVersion ? null : rules,
    messages: unread.map(toMessageState),
  };
}

interface KnownToWorker {
  lastStep: number;
  refusal: TurnContext['refusal'];
  rulesVersion: string | undefined;
}

async function readRules(
  tx: Tx,
  { id, workspace_id: workspaceId, owner_id: ownerId }: ConversationInWorkspace,
): Promise<Pick<TurnContext, 'rules' | 'rules_version'>> {
  const rows = await listRulesInForce(tx, { conversationId: id, workspaceId, ownerId });
  const rules = rows.map(toPolicyRule);
  return { rules, rules_version: createHash('sha256').update(JSON.stringify(rules)).digest('base64url') };
}

function toMessageState({ id, text, before_step }: MessageRow): UserMessageState {
  return { message_id: id, text, before_step };
}

function toHistory(turn: TurnRow, rows: HistoryRows): TurnHistory {
  const messages = rows.messages.get(turn.id) ?? [];
  const steps = rows.steps.get(turn.id) ?? [];
  return {
    turn_id: turn.id,
    messages: messages.map(toMessageState),
    steps: steps.map((step) => toStepState(step, rows)),
  };
}

function toStepState(step: StepRow, rows: HistoryRows): StepState {
  const calls = rows.toolCalls.get(step.id) ?? [];
  return {
    step_id: step.id,
    step_index: step.step_index,
    status: step.status,
    assistant: step.assistant.map((part) => withInput(part, calls)),
    tool_calls: calls.map((call) => toToolCallState(call, rows.approvals.get(call.id))),
    next_index: step.next_index,
    is_truncated: step.is_truncated,
    retries: step.retries,
  };
}

/** The response as the model gave it. */
function withInput(part: AssistantPart, calls: readonly ToolCallRow[]): AssistantPart {
  if (part.type !== 'tool_call') return part;
  const call = calls.find(({ id }) => id === part.tool_call_id);
  return call === undefined ? part : { ...part, input: call.input };
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
