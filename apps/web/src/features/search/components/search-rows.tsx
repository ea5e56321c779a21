'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { SearchMatch } from '@podex/contracts/files';
import type { ReplaceChange } from '@podex/contracts/replacing';
import { clsx } from 'clsx';
import { ChevronRight, Replace, ReplaceAll } from 'lucide-react';
import type { KeyboardEvent, ReactNode } from 'react';
import { IconButton } from '#components/icon-button.tsx';
import type { ReplaceTarget } from '../model/replace-files.ts';
import type { FilePreview } from '../model/replace-previews.ts';
import { shownMatch } from '../model/shown-match.ts';

const HOME = '/home/dev/';

export interface FoundPlace {
  path: string;
  line: number;
  column: number;
}

interface TreeRowProps {
  level: 1 | 2;
  title: string;
  isExpanded?: boolean;
  onChoose: () => void;
  children: ReactNode;
}

/** A row that is chosen with a click or Enter; buttons in it do what they say. */
function TreeRow({ level, title, isExpanded, onChoose, children }: TreeRowProps) {
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    if (event.target !== event.currentTarget || !(event.key === 'Enter' || event.key === ' ')) return;
    event.preventDefault();
    onChoose();
  }
  return (
    <div
      role="treeitem"
      tabIndex={0}
      aria-level={level}
      aria-expanded={isExpanded}
      title={title}
      onClick={onChoose}
      onKeyDown={onKeyDown}
      className={clsx(
        'group flex h-6 w-full cursor-default select-none items-center gap-1.5 pr-2 text-left text-xs hover:bg-hover focus-visible:-outline-offset-2',
        level === 1 ? 'pl-2 text-ink' : 'pl-7 text-ink-2',
      )}
    >
      {children}
    </div>
  );
}

interface FileRowProps {
  row: { path: string; count: number; isFolded: boolean; preview: FilePreview | undefined };
  onToggle: () => void;
  onReplace: (target: ReplaceTarget) => void;
}

export function FileRow({ row, onToggle, onReplace }: FileRowProps) {
  const path = row.path.startsWith(HOME) ? row.path.slice(HOME.length) : row.path;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, Math.max(0, path.length - name.length - 1));
  const etag = row.preview?.etag ?? null;
  return (
    <TreeRow level={1} isExpanded={!row.isFolded} title={shownPath(row.path)} onChoose={onToggle}>
      <ChevronRight
        aria-hidden
        className={clsx('size-3 shrink-0 text-ink-3', !row.isFolded && 'rotate-90')}
      />
      <span className="shrink-0 truncate font-medium">{shownPath(name)}</span>
      <span className="min-w-0 flex-1 truncate text-ink-3">{shownPath(folder)}</span>
      {etag !== null && row.count > 0 && (
        <RowAction label="Replace all in this file" onChoose={() => onReplace({ path: row.path, etag })}>
          <ReplaceAll aria-hidden />
        </RowAction>
      )}
      <span className="shrink-0 rounded-full bg-hover px-1.5 text-2xs text-ink-2 leading-4">{row.count}</span>
    </TreeRow>
  );
}

interface MatchRowProps {
  match: SearchMatch;
  onOpen: (place: FoundPlace) => void;
}

export function MatchRow({ match, onOpen }: MatchRowProps) {
  const { before, hit, after } = shownMatch(match);
  const { path, line = 1, column = 1 } = match;
  return (
    <TreeRow level={2} title={`Line ${line}`} onChoose={() => onOpen({ path, line, column })}>
      <span className="min-w-0 flex-1 truncate whitespace-pre font-mono text-2xs">
        {before}
        <mark className="rounded-xs bg-accent-soft text-ink">{hit}</mark>
        {after}
      </span>
      <span className="shrink-0 text-2xs text-ink-3 tabular-nums">{line}</span>
    </TreeRow>
  );
}

interface ChangeRowProps {
  row: { change: ReplaceChange; preview: FilePreview };
  onOpen: (place: FoundPlace) => void;
  onReplace: (target: ReplaceTarget) => void;
}

/** A match, struck out, and what comes in its place. */
export function ChangeRow({ row: { change, preview }, onOpen, onReplace }: ChangeRowProps) {
  const { before, hit, after } = shownMatch(change);
  const { path, line = 1, column = 1, index, replacement } = change;
  const { etag } = preview;
  return (
    <TreeRow
      level={2}
      title={`Line ${line}: ${hit} → ${replacement}`}
      onChoose={() => onOpen({ path, line, column })}
    >
      <span className="min-w-0 flex-1 truncate whitespace-pre font-mono text-2xs">
        {before}
        <del className="rounded-xs bg-danger-soft text-ink">{hit}</del>
        <ins className="rounded-xs bg-success-soft text-ink no-underline">
          {replacement.replaceAll(/\r?\n/g, '↵')}
        </ins>
        {after}
      </span>
      {etag !== null && (
        <RowAction label="Replace this match" onChoose={() => onReplace({ path, etag, only: [index] })}>
          <Replace aria-hidden />
        </RowAction>
      )}
      <span className="shrink-0 text-2xs text-ink-3 tabular-nums">{line}</span>
    </TreeRow>
  );
}

/** Why nothing can be replaced in the file above. */
export function ProblemRow({ problem }: { problem: string }) {
  return (
    <p
      role="presentation"
      title={problem}
      className="flex h-6 items-center truncate pr-2 pl-7 text-2xs text-danger"
    >
      {problem}
    </p>
  );
}

interface RowActionProps {
  label: string;
  onChoose: () => void;
  children: ReactNode;
}

/** Seen where the pointer or the keyboard is, and always by touch. */
function RowAction({ label, onChoose, children }: RowActionProps) {
  return (
    <IconButton
      size="sm"
      label={label}
      onClick={(event) => {
        event.stopPropagation();
        onChoose();
      }}
      className="opacity-0 focus-visible:opacity-100 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
    >
      {children}
    </IconButton>
  );
}
