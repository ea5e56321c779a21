import { createHash } from 'node:crypto';
import type {
  AgentMode,
  ApprovalPreview,
  TurnStatus,
  TurnWaitingReason,
} from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { ConversationEventBody, WorkerEvent } from '@podex/contracts/events';
import type {
  ApprovalId,
  ConversationId,
  MessageId,
  StepId,
  ToolCallId,
  TurnId,
  WorkspaceId,
} from '@podex/contracts/ids';
import type {
  AppendInput,
  StepNews,
  StepState,
  ToolCallState,
  TurnContext,
} from '@podex/contracts/internal/turns';
import type { PolicyRule } from '@podex/contracts/rules';

/** What api keeps of conversations, in memory, with the same rules. */
export interface ApprovalRecord {
  id: ApprovalId;
  toolCallId: ToolCallId;
  tool: string;
  preview: ApprovalPreview | null;
  status: 'pending' | 'approved' | 'denied' | 'expired';
}

export interface TurnRecord {
  id: TurnId;
  status: TurnStatus;
  /** Of a turn that waits. */
  waiting: { reason: TurnWaitingReason; wakeAt: number | undefined; message: string | null } | undefined;
  workspaceWaitOver: boolean;
  error: { code: string; message: string } | null;
  messages: { message_id: MessageId; text: string; before_step: number }[];
  messagesGiven: number;
  steps: StepRecord[];
  approvals: ApprovalRecord[];
  cancelRequested: boolean;
  lease: { token: string; until: number } | undefined;
}

interface StepRecord {
  id: StepId;
  index: number;
  status: StepState['status'];
  assistant: StepState['assistant'];
  calls: Omit<ToolCallState, 'approval'>[];
  nextIndex: number;
  isTruncated: boolean;
  retries: number;
}

export interface ConversationRecord {
  id: ConversationId;
  workspaceId: WorkspaceId;
  mode: AgentMode;
  model: string | null;
  rules: PolicyRule[];
  refusal?: TurnContext['refusal'];
  turns: TurnRecord[];
  events: ConversationEventBody[];
}

export function toContext(conversation: ConversationRecord, turn: TurnRecord): TurnContext {
  const past = conversation.turns.slice(0, conversation.turns.indexOf(turn) + 1);
  return {
    turn_id: turn.id,
    conversation_id: conversation.id,
    workspace_id: conversation.workspaceId,
    workspace_name: 'test',
    mode: conversation.mode,
    model: conversation.model,
    rules: conversation.rules,
    rules_version: createHash('sha256').update(JSON.stringify(conversation.rules)).digest('hex'),
    refusal: conversation.refusal ?? null,
    cancel_requested: turn.cancelRequested,
    workspace_wait_over: turn.workspaceWaitOver,
    turns: past.map((one) => ({
      turn_id: one.id,
      messages: one.messages,
      steps: one.steps.map((step) => toStepState(step, one.approvals)),
    })),
  };
}

/** What is said at the end of a step. */
export function toNews(
  conversation: ConversationRecord,
  turn: TurnRecord,
  batch: AppendInput,
): StepNews | null {
  if (!batch.events.some(({ type }) => type === 'step.finished')) return null;
  turn.messagesGiven = turn.messages.length;
  const { mode, model, rules, rules_version, refusal } = toContext(conversation, turn);
  return {
    mode,
    model,
    refusal,
    rules_version,
    rules: rules_version === batch.rules_version ? null : rules,
    messages: turn.messages.filter((message) => message.before_step > batch.step_index),
  };
}

function toStepState(step: StepRecord, approvals: readonly ApprovalRecord[]): StepState {
  return {
    step_id: step.id,
    step_index: step.index,
    status: step.status,
    assistant: step.assistant,
    tool_calls: step.calls.map((call) => {
      const approval = approvals.find((candidate) => candidate.toolCallId === call.tool_call_id);
      return {
        ...call,
        approval: approval === undefined ? null : toApprovalState(approval),
      };
    }),
    next_index: step.nextIndex,
    is_truncated: step.isTruncated,
    retries: step.retries,
  };
}

function toApprovalState({ id, status, preview }: ApprovalRecord): ToolCallState['approval'] {
  if (preview?.type !== 'diff') return { id, status, file: null };
  return { id, status, file: { etag: preview.etag ?? null, target: preview.target ?? null } };
}

/** Takes a batch as api does. Returns the events that are new. @throws PodexError conflict. */
export function project(turn: TurnRecord, batch: AppendInput): WorkerEvent[] {
  const step = openStep(turn, batch);
  const known = step.nextIndex - batch.first_index;
  if (known < 0) throw new PodexError('conflict', `events from ${step.nextIndex} on are missing`, {});
  const fresh = batch.events.slice(known);
  if (fresh.length === 0) return [];
  const wasThinking = step.status === 'thinking';
  for (const event of fresh) projectEvent(turn, step, event);
  if (wasThinking && batch.assistant !== undefined) {
    step.assistant = batch.assistant;
    if (step.status === 'thinking') step.status = 'acting';
  }
  step.nextIndex = batch.first_index + batch.events.length;
  return fresh;
}

function openStep(turn: TurnRecord, batch: AppendInput): StepRecord {
  const existing = turn.steps.find((step) => step.index === batch.step_index);
  if (existing?.id === batch.step_id) return existing;
  if (existing !== undefined || batch.first_index !== 0 || batch.events[0]?.type !== 'step.started') {
    throw new PodexError('conflict', 'a step begins with step.started, numbered 0', {});
  }
  const step: StepRecord = {
    id: batch.step_id,
    index: batch.step_index,
    status: 'thinking',
    assistant: [],
    calls: [],
    nextIndex: 0,
    isTruncated: false,
    retries: 0,
  };
  turn.steps.push(step);
  for (const message of turn.messages.slice(turn.messagesGiven)) {
    message.before_step = Math.max(message.before_step, batch.step_index + 1);
  }
  return step;
}

function projectEvent(turn: TurnRecord, step: StepRecord, event: WorkerEvent): void {
  switch (event.type) {
    case 'step.restarted':
      step.calls = step.calls.filter((call) => call.status !== 'pending');
      return;
    case 'step.retrying':
      step.retries += 1;
      return;
    case 'step.finished':
      step.status = 'finished';
      step.isTruncated = event.is_truncated === true;
      return;
    case 'tool_call.ready': {
      const { tool_call_id, tool, input } = event;
      step.calls.push({ tool_call_id, tool, input, status: 'pending', output: null, files: [] });
      return;
    }
    case 'tool_call.end': {
      const call = step.calls.find((candidate) => candidate.tool_call_id === event.tool_call_id);
      const { status, output, files = [] } = event;
      if (call?.status === 'pending') Object.assign(call, { status, output, files });
      return;
    }
    case 'approval.requested': {
      const { id, tool, preview } = event.approval;
      turn.approvals.push({ id, toolCallId: event.tool_call_id, tool, preview, status: 'pending' });
      return;
    }
    default:
      return;
  }
}
