import { Chunk, unifiedMergeView } from '@codemirror/merge';
import { EditorState, Text } from '@codemirror/state';
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view';
import { codeTheme } from './code-theme.ts';

export interface FileChange {
  path: string;
  /** Null: the file is new. */
  before: string | null;
  /** Null: the file is deleted. */
  after: string | null;
}

export interface FileDiff {
  state: EditorState;
  added: number;
  removed: number;
}

/** A comparison that takes longer marks the changed passage as a whole. */
const LIMITS = { scanLimit: 500, timeout: 200 };

/** The change as a read-only editor state in one column, and how many lines it adds and removes. */
export function compareFile({ path, before, after }: FileChange): FileDiff {
  const old = textOf(before ?? '');
  const now = textOf(after ?? '');
  const chunks = Chunk.build(old, now, LIMITS);
  const state = EditorState.create({
    doc: now,
    extensions: [
      unifiedMergeView({
        original: old,
        mergeControls: false,
        collapseUnchanged: { margin: 3, minSize: 4 },
        diffConfig: LIMITS,
      }),
      lineNumbers(),
      highlightSpecialChars(),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      // Reachable by keyboard, so that it can be scrolled.
      EditorView.contentAttributes.of({ 'aria-label': `Changes in ${path}`, tabindex: '0' }),
      diffTheme,
      codeTheme,
    ],
  });
  return {
    state,
    added: chunks.reduce((sum, { fromB, toB, endB }) => sum + linesIn(now, fromB, toB, endB), 0),
    removed: chunks.reduce((sum, { fromA, toA, endA }) => sum + linesIn(old, fromA, toA, endA), 0),
  };
}

/** Ends the last line as well, so that lines added after it leave it unchanged. A carriage return stays in its line, where it is shown. */
function textOf(text: string): Text {
  return Text.of((text === '' || text.endsWith('\n') ? text : `${text}\n`).split('\n'));
}

function linesIn(text: Text, from: number, to: number, end: number): number {
  return from === to ? 0 : text.lineAt(end).number - text.lineAt(from).number + 1;
}

const diffTheme = EditorView.theme({
  '&': { maxHeight: '24rem' },
  '&.cm-merge-b .cm-changedLine, &.cm-merge-b .cm-inlineChangedLine': { backgroundColor: 'var(--added)' },
  '&.cm-merge-b .cm-changedText': { background: 'var(--added)' },
  '& .cm-deletedChunk': { backgroundColor: 'var(--removed)', paddingLeft: '6px' },
  '&.cm-merge-b .cm-deletedChunk .cm-deletedText': { background: 'var(--removed)' },
  '&.cm-merge-b .cm-changedLineGutter': { backgroundColor: 'var(--success)' },
  '& .cm-deletedLineGutter': { backgroundColor: 'var(--danger)' },
  '& .cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--ink-3)',
    fontFamily: 'var(--font-sans)',
    padding: '2px 10px',
  },
});
