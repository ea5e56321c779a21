'use client';

import { clsx } from 'clsx';
import { useMemo, useState } from 'react';
import { countChanges, type DiffLine, diffLines } from '../model/line-diff.ts';

interface DiffViewProps {
  path: string;
  /** Null: the file is new. */
  before: string | null;
  after: string;
}

const SHOWN_LINES = 60;

/** What changes in a file, in one column, with line numbers of the new text. */
export function DiffView({ path, before, after }: DiffViewProps) {
  const lines = useMemo(() => diffLines(before ?? '', after), [before, after]);
  const [isWhole, setWhole] = useState(false);
  const { added, removed } = countChanges(lines);
  const isSame = added + removed === 0;
  const shown = isWhole ? lines : lines.slice(0, SHOWN_LINES);
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border bg-surface">
      <figcaption className="flex items-center gap-2 border-b bg-sunken px-2.5 py-1 text-xs">
        <span className="min-w-0 flex-1 truncate font-mono text-ink-2">{path}</span>
        {before === null && <span className="text-ink-3">New file</span>}
        <span className="font-mono text-success">+{added}</span>
        {removed > 0 && <span className="font-mono text-danger">−{removed}</span>}
      </figcaption>
      {isSame && <p className="px-2.5 py-1.5 text-ink-3 text-xs">No changes.</p>}
      <div
        hidden={isSame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        tabIndex={0}
        className="max-h-96 overflow-auto py-1 font-mono text-xs leading-5 focus-visible:-outline-offset-2"
        data-testid="diff"
      >
        <div className="w-max min-w-full">
          {shown.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one diff never move.
            <DiffRow key={index} line={line} />
          ))}
        </div>
      </div>
      {shown.length < lines.length && (
        <button
          type="button"
          onClick={() => setWhole(true)}
          className="w-full border-t px-2.5 py-1 text-left text-ink-2 text-xs hover:bg-hover"
        >
          Show {lines.length - shown.length} more lines
        </button>
      )}
    </figure>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

function DiffRow({ line }: { line: DiffLine }) {
  if (line.kind === 'gap') {
    return (
      <div className="bg-sunken px-2.5 text-ink-3 select-none">
        ⋯ {line.lines} unchanged {line.lines === 1 ? 'line' : 'lines'}
      </div>
    );
  }
  return (
    <div
      className={clsx('flex', line.kind === 'added' && 'bg-added', line.kind === 'removed' && 'bg-removed')}
    >
      <span aria-hidden className="w-10 shrink-0 pr-2 text-right text-ink-3 tabular-nums select-none">
        {line.kind === 'removed' ? line.before : line.after}
      </span>
      <span
        className={clsx(
          'w-4 shrink-0 select-none',
          line.kind === 'added' && 'text-success',
          line.kind === 'removed' && 'text-danger',
        )}
      >
        {SIGNS[line.kind]}
      </span>
      <span className="whitespace-pre pr-3">{line.text || ' '}</span>
    </div>
  );
}
