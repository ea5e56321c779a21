import type { SearchResult } from '@podex/contracts/files';
import { countOf } from '@podex/contracts/text';
import { capStart, keepWhole } from './capped-text.ts';
import type { CallContext, ToolResult } from './tool.ts';

const SHOWN_SKIPPED = 10;

export interface FoundRows {
  rows: readonly string[];
  /** What the model is told when there is more than the search gave. */
  moreNote: string;
  none: string;
}

/** Rows of a search for the model: capped, the whole of them in a file, and what was not searched. */
export async function rowsResult(
  { rows, moreNote, none }: FoundRows,
  { truncated, ...places }: Omit<SearchResult, 'matches'>,
  context: CallContext,
): Promise<ToolResult> {
  const skipped = skippedNotes(places);
  if (rows.length === 0) {
    const nothing = truncated ? `${none.slice(0, -1)} so far; the search was ended early.` : none;
    return { isOk: true, output: [nothing, ...skipped].join('\n') };
  }
  const whole = rows.join('\n');
  const { text, isCut } = capStart(whole);
  const notes = truncated ? [`[${moreNote}]`] : [];
  if (isCut) notes.push(await cutNote(whole, context));
  return { isOk: true, output: [text, ...notes, ...skipped].join('\n') };
}

async function cutNote(whole: string, context: CallContext): Promise<string> {
  const { workspace, signal, toolCallId } = context;
  const kept = await keepWhole(context, (target) =>
    workspace.writeText(target, whole, {
      signal,
      idempotencyKey: `${toolCallId}-whole`,
      replaces: 'any',
    }),
  );
  return kept === undefined
    ? '[The result was cut.]'
    : `[The result was cut; the whole of it is in ${kept}.]`;
}

function skippedNotes({
  skipped,
  skipped_count: count,
}: Pick<SearchResult, 'skipped' | 'skipped_count'>): string[] {
  if (count === 0) return [];
  const shown = skipped.slice(0, SHOWN_SKIPPED).map(({ path, reason }) => `${path}: ${reason}`);
  return [
    `[${countOf(count, 'place was', 'places were')} not searched:`,
    `${shown.join('\n')}${count > shown.length ? '\n…' : ''}]`,
  ];
}
