import { plainText } from '@podex/contracts/plain-text';
import type { ToolCallItem, ToolCallStatus } from '@podex/contracts/transcript';
import { diffLines } from './diff-text.ts';
import { fileChangesOf } from './file-changes.ts';
import type { Paint } from './painter.ts';
import { shownLine, shownText } from './shown-text.ts';

const OUTPUT_LINES_MAX = 10;
const DIFF_LINES_MAX = 60;

const MARKS: Readonly<Record<ToolCallStatus, readonly ['green' | 'red' | 'yellow' | 'dim', string]>> = {
  preparing: ['dim', '…'],
  running: ['dim', '…'],
  completed: ['green', '✓'],
  failed: ['red', '✗'],
  denied: ['yellow', '✗'],
  cancelled: ['yellow', '–'],
};
const NOTES: Partial<Record<ToolCallStatus, string>> = { denied: 'denied', cancelled: 'cancelled' };

/** One line: what is done and how it ended. */
export function toolCallLine({ status, summary, tool }: ToolCallItem, paint: Paint): string {
  const [colour, mark] = MARKS[status];
  const note = NOTES[status];
  const end = note === undefined ? '' : paint(colour, ` (${note})`);
  return `${paint(colour, mark)} ${shownLine(summary || tool)}${end}`;
}

/** What is shown below the line of a call that has ended: the change of a file, the end of an output. */
export function toolCallDetail(call: ToolCallItem, paint: Paint): string[] {
  if (call.status === 'completed') {
    const changes = fileChangesOf(call);
    if (changes.length > 0) {
      const lines = changes.flatMap((change) => diffLines(change, paint));
      return capped(lines, DIFF_LINES_MAX, 'first', paint);
    }
    if (call.tool !== 'run_command') return [];
  }
  if (call.status === 'denied' || call.output.trim() === '') return [];
  const lines = plainText(call.output)
    .trimEnd()
    .split('\n')
    .map((line) => paint('dim', shownText(line)));
  return capped(lines, OUTPUT_LINES_MAX, 'last', paint);
}

function capped(lines: readonly string[], most: number, kept: 'first' | 'last', paint: Paint): string[] {
  const left = lines.length - most;
  if (left <= 0) return [...lines];
  const note = paint('dim', `… ${left} more ${left === 1 ? 'line' : 'lines'}`);
  return kept === 'first' ? [...lines.slice(0, most), note] : [note, ...lines.slice(-most)];
}
