'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { SearchMatch } from '@podex/contracts/files';
import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { VirtualRows } from '#components/virtual-rows.tsx';
import type { FileMatches } from '../model/content-search.ts';
import { shownMatch } from '../model/shown-match.ts';

const ROW_PX = 24;
const HOME = '/home/dev/';

export interface FoundPlace {
  path: string;
  line: number;
  column: number;
}

type Row =
  | { kind: 'file'; key: string; path: string; count: number; isFolded: boolean }
  | { kind: 'match'; key: string; match: SearchMatch };

interface SearchResultsProps {
  files: readonly FileMatches[];
  onOpen: (place: FoundPlace) => void;
}

/** Files with their matches. Only what can be seen is drawn. */
export function SearchResults({ files, onOpen }: SearchResultsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());

  function toggle(path: string) {
    const next = new Set(folded);
    if (!next.delete(path)) next.add(path);
    setFolded(next);
  }

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label="Search results"
      onKeyDown={moveFocus}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain pb-1"
    >
      <VirtualRows
        rows={rowsOf(files, folded)}
        rowHeight={ROW_PX}
        keyOf={({ key }) => key}
        scroller={scroller}
      >
        {(row) =>
          row.kind === 'file' ? (
            <FileRow row={row} onToggle={() => toggle(row.path)} />
          ) : (
            <MatchRow match={row.match} onOpen={onOpen} />
          )
        }
      </VirtualRows>
    </div>
  );
}

function rowsOf(files: readonly FileMatches[], folded: ReadonlySet<string>): Row[] {
  return files.flatMap(({ path, matches }): Row[] => {
    const isFolded = folded.has(path);
    const head: Row = { kind: 'file', key: path, path, count: matches.length, isFolded };
    if (isFolded) return [head];
    return [
      head,
      ...matches.map((match, index): Row => ({ kind: 'match', key: `${path}\0${index}`, match })),
    ];
  });
}

const ROW_CLASS =
  'flex h-6 w-full select-none items-center gap-1.5 pr-2 text-left text-xs hover:bg-hover focus-visible:-outline-offset-2';

function FileRow({ row, onToggle }: { row: Extract<Row, { kind: 'file' }>; onToggle: () => void }) {
  const path = row.path.startsWith(HOME) ? row.path.slice(HOME.length) : row.path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  return (
    <button
      type="button"
      role="treeitem"
      aria-level={1}
      aria-expanded={!row.isFolded}
      title={shownPath(row.path)}
      onClick={onToggle}
      className={`${ROW_CLASS} pl-2 text-ink`}
    >
      <ChevronRight
        aria-hidden
        className={clsx('size-3 shrink-0 text-ink-3', !row.isFolded && 'rotate-90')}
      />
      <span className="shrink-0 truncate font-medium">{shownPath(name)}</span>
      <span className="min-w-0 flex-1 truncate text-ink-3">{shownPath(folder)}</span>
      <span className="shrink-0 rounded-full bg-hover px-1.5 text-2xs text-ink-2 leading-4">{row.count}</span>
    </button>
  );
}

function MatchRow({ match, onOpen }: { match: SearchMatch; onOpen: (place: FoundPlace) => void }) {
  const { before, hit, after } = shownMatch(match);
  const { path, line = 1, column = 1 } = match;
  return (
    <button
      type="button"
      role="treeitem"
      aria-level={2}
      title={`Line ${line}`}
      onClick={() => onOpen({ path, line, column })}
      className={`${ROW_CLASS} pl-7 text-ink-2`}
    >
      <span className="min-w-0 flex-1 truncate whitespace-pre font-mono text-2xs">
        {before}
        <mark className="rounded-xs bg-accent-soft text-ink">{hit}</mark>
        {after}
      </span>
      <span className="shrink-0 text-2xs text-ink-3 tabular-nums">{line}</span>
    </button>
  );
}

/** Up and down go from row to row. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const index = rows.findIndex((row) => row.matches(':focus'));
  const next = rows[index + step];
  event.preventDefault();
  next?.focus();
}
