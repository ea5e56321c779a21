import { structuredPatch } from 'diff';
import type { FileChange } from './file-changes.ts';
import type { Paint } from './painter.ts';
import { shownText } from './shown-text.ts';

const CONTEXT_LINES = 2;
/** Beyond so many changed lines the difference is not worth its time: all lines are shown, first the old and then the new ones. */
const CHANGED_LINES_MAX = 5_000;

/** The lines that change and those around them, marked `-`, `+` and ` `. */
export function diffLines({ before, after }: Pick<FileChange, 'before' | 'after'>, paint: Paint): string[] {
  return rawLines(before ?? '', after).map((line) => {
    const shown = shownText(line);
    if (line.startsWith('+')) return paint('green', shown);
    if (line.startsWith('-')) return paint('red', shown);
    return paint('dim', shown);
  });
}

function rawLines(before: string, after: string): string[] {
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: CHANGED_LINES_MAX,
  });
  if (patch === undefined) return [...marked('-', before), ...marked('+', after)];
  return patch.hunks.flatMap(({ lines }, index) => (index === 0 ? lines : ['…', ...lines]));
}

function marked(mark: string, text: string): string[] {
  return text.split('\n').map((line) => mark + line);
}
