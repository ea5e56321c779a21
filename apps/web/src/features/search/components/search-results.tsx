'use client';

import type { SearchMatch } from '@podex/contracts/files';
import type { ReplaceChange } from '@podex/contracts/replacing';
import { type KeyboardEvent, useRef, useState } from 'react';
import { toast } from '#components/toaster.tsx';
import { VirtualRows } from '#components/virtual-rows.tsx';
import { messageOf } from '#lib/api-client.ts';
import type { FileMatches } from '../model/content-search.ts';
import type { ReplaceTarget } from '../model/replace-files.ts';
import type { FilePreview } from '../model/replace-previews.ts';
import type { Replacing } from '../model/use-replacing.ts';
import { ChangeRow, FileRow, type FoundPlace, MatchRow, ProblemRow } from './search-rows.tsx';

const ROW_PX = 24;
type Row =
  | {
      kind: 'file';
      key: string;
      path: string;
      count: number;
      isFolded: boolean;
      preview: FilePreview | undefined;
    }
  | { kind: 'match'; key: string; match: SearchMatch }
  | { kind: 'change'; key: string; change: ReplaceChange; preview: FilePreview }
  | { kind: 'problem'; key: string; problem: string };

interface SearchResultsProps {
  files: readonly FileMatches[];
  onOpen: (place: FoundPlace) => void;
  /** Each match is shown with what comes in its place. */
  replacing: Replacing | undefined;
}

/** Files with their matches. Only what can be seen is drawn. */
export function SearchResults({ files, onOpen, replacing }: SearchResultsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());

  function toggle(path: string) {
    const next = new Set(folded);
    if (!next.delete(path)) next.add(path);
    setFolded(next);
  }

  function replace(target: ReplaceTarget) {
    replacing?.request.mutate([target], {
      onError: (error) => toast.error("Couldn't replace", { description: messageOf(error) }),
    });
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
        rows={rowsOf(files, folded, replacing?.preview.byPath)}
        rowHeight={ROW_PX}
        keyOf={({ key }) => key}
        scroller={scroller}
      >
        {(row) => {
          switch (row.kind) {
            case 'file':
              return <FileRow row={row} onToggle={() => toggle(row.path)} onReplace={replace} />;
            case 'change':
              return <ChangeRow row={row} onOpen={onOpen} onReplace={replace} />;
            case 'problem':
              return <ProblemRow problem={row.problem} />;
            case 'match':
              return <MatchRow match={row.match} onOpen={onOpen} />;
          }
        }}
      </VirtualRows>
    </div>
  );
}

function rowsOf(
  files: readonly FileMatches[],
  folded: ReadonlySet<string>,
  previews: ReadonlyMap<string, FilePreview> | undefined,
): Row[] {
  return files.flatMap(({ path, matches }): Row[] => {
    const isFolded = folded.has(path);
    const preview = previews?.get(path);
    const count = preview?.problem === null ? preview.count : matches.length;
    const head: Row = { kind: 'file', key: path, path, count, isFolded, preview };
    if (isFolded) return [head];
    const keyOf = (index: number) => `${path}\0${index}`;
    if (preview?.problem === null)
      return [
        head,
        ...preview.changes.map(
          (change): Row => ({ kind: 'change', key: keyOf(change.index), change, preview }),
        ),
      ];
    const problem = preview?.problem?.message;
    return [
      head,
      ...(problem === undefined ? [] : [{ kind: 'problem' as const, key: `${path}\0problem`, problem }]),
      ...matches.map((match, index): Row => ({ kind: 'match', key: keyOf(index), match })),
    ];
  });
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
