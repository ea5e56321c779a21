import type { TurnStatus } from '@podex/contracts/conversations';
import type { ConversationEvent, DurableEvent } from '@podex/contracts/events';
import type { Transcript, TranscriptTurn } from '@podex/contracts/transcript';

export const ENDED_STATUSES: ReadonlySet<TurnStatus> = new Set(['completed', 'failed', 'cancelled']);

export function hasEnded(turn: TranscriptTurn): boolean {
  return ENDED_STATUSES.has(turn.status);
}

/** The turn at work: the oldest that has not ended; those after it are queued. */
export function activeTurnOf({ turns }: Transcript): TranscriptTurn | undefined {
  return turns.find((turn) => !hasEnded(turn));
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
