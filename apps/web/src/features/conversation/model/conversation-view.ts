import type { Approval, TurnStatus, TurnWaiting } from '@podex/contracts/conversations';
import type { ConversationEvent, DurableEvent } from '@podex/contracts/events';

/** A conversation as the page shows it, built from its durable events alone. Never changed in place: what is the same stays the same object. */
export interface ConversationView {
  /** The newest event that is in it; 0 when none is. */
  lastSeq: number;
  /** In the order in which they began. */
  turns: readonly TurnView[];
}

export interface TurnView {
  id: string;
  status: TurnStatus;
  /** Null while it does not wait. */
  waiting: TurnWaiting | null;
  failure: { code: string; message: string } | null;
  /** The model of the last step. */
  model: string | null;
  startedAt: string | null;
  endedAt: string | null;
  /** A model call failed and is being retried. */
  retry: { reason: string; at: string; inMs: number } | null;
  usage: TurnUsage;
  /** Of the files before its first change; null when it has changed none. */
  checkpointId: string | null;
  /** In the order in which they began. */
  items: readonly TurnItem[];
}

export interface TurnUsage {
  inputTokens: number;
  outputTokens: number;
  /** Null when no step had a price. */
  costUsd: number | null;
}

export type TurnItem = MessageItem | ProseItem | ToolCallItem;

export interface MessageItem {
  kind: 'message';
  key: string;
  messageId: string;
  text: string;
  at: string;
}

/** What the model says (`text`) or thinks (`reasoning`). */
export interface ProseItem {
  kind: 'text' | 'reasoning';
  key: string;
  stepId: string;
  text: string;
  isStreaming: boolean;
}

/** `preparing`: the model still writes its input. */
export type ToolCallStatus = 'preparing' | 'running' | 'completed' | 'failed' | 'denied' | 'cancelled';

export interface ToolCallItem {
  kind: 'tool_call';
  key: string;
  stepId: string;
  toolCallId: string;
  tool: string;
  status: ToolCallStatus;
  /** One line; empty while preparing. */
  summary: string;
  input: Readonly<Record<string, unknown>> | null;
  /** Its live output while it runs, then the result given to the model. */
  output: string;
  approval: Approval | null;
}

export const EMPTY_CONVERSATION: ConversationView = { lastSeq: 0, turns: [] };

export const ENDED_STATUSES: ReadonlySet<TurnStatus> = new Set(['completed', 'failed', 'cancelled']);

export function hasEnded(turn: TurnView): boolean {
  return ENDED_STATUSES.has(turn.status);
}

/** The turn at work: the oldest that has not ended; those after it are queued. */
export function activeTurnOf(view: ConversationView): TurnView | undefined {
  return view.turns.find((turn) => !hasEnded(turn));
}

export function pendingApprovalsOf(turn: TurnView): readonly ToolCallItem[] {
  return turn.items.filter(
    (item): item is ToolCallItem => item.kind === 'tool_call' && item.approval?.status === 'pending',
  );
}

export function isConversationEvent(event: DurableEvent): event is ConversationEvent {
  return event.type !== 'workspace.changed' && event.type !== 'server.changed';
}

const LOOKING_TOOLS: ReadonlySet<string> = new Set([
  'read_file',
  'list_files',
  'glob',
  'grep',
  'todo',
  'fetch_url',
]);

/** Whether the tool may have changed files. A tool that this page does not know may have. */
export function mayChangeFiles(tool: string): boolean {
  return !LOOKING_TOOLS.has(tool);
}
