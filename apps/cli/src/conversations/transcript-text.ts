import type { TranscriptTurn } from '@podex/contracts/transcript';
import type { Paint } from './painter.ts';
import { shownLine } from './shown-text.ts';
import { TurnPrinter } from './turn-printer.ts';
import { waitingReasonText } from './waiting-reason-text.ts';

/** A conversation for a person to read, from its first turn on. */
export function transcriptText(
  turns: readonly TranscriptTurn[],
  { paint, showsReasoning, now }: { paint: Paint; showsReasoning: boolean; now: Date },
): string {
  const parts: string[] = [];
  const printer = new TurnPrinter({ write: (text) => parts.push(text), paint, showsReasoning });
  for (const turn of turns) {
    printer.show(turn);
    printer.endLine();
    const end = turnEndText(turn, now);
    if (end !== '') parts.push(`${paint('yellow', end)}\n`);
  }
  return parts.join('').trimEnd();
}

/** How a turn ended, or what it waits for; nothing to say of one that went well. */
export function turnEndText({ status, failure, waiting }: TranscriptTurn, now: Date): string {
  if (status === 'failed') return `Failed: ${shownLine(failure?.message ?? 'nobody knows why')}`;
  if (status === 'cancelled') return 'Cancelled';
  if (waiting !== null) return waitingReasonText(waiting, now);
  return status === 'completed' ? '' : 'Not over yet';
}
