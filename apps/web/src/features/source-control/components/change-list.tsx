'use client';

import { shownPath } from '@podex/contracts/file-names';
import { clsx } from 'clsx';
import { Minus, Plus, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import type { Selected, SelectionChange } from '../api/git-actions.ts';
import { type ChangeGroup, type ChangeRow, filesOf } from '../model/changes.ts';

interface ChangeListProps {
  title: string;
  group: ChangeGroup;
  rows: readonly ChangeRow[];
  isReadOnly: boolean;
  openPath: string | undefined;
  onOpen: (row: ChangeRow) => void;
  onChange: (change: SelectionChange, selected: Selected) => void;
}

const LETTER_TONES: Readonly<Record<string, string>> = {
  A: 'text-success',
  U: 'text-success',
  D: 'text-danger',
  '!': 'text-danger',
};

export function ChangeList({ title, group, rows, isReadOnly, openPath, onOpen, onChange }: ChangeListProps) {
  const [discarding, setDiscarding] = useState<readonly ChangeRow[]>([]);
  if (rows.length === 0) return null;
  const isStaged = group === 'staged';
  const move = (some: readonly ChangeRow[]) =>
    onChange(isStaged ? 'unstage' : 'stage', { files: filesOf(some) });
  const canDiscard = !isReadOnly && group === 'changes';
  return (
    <section aria-label={title} className="pb-2">
      <header className="flex h-7 items-center gap-0.5 pr-1.5 pl-3">
        <h3 className="min-w-0 flex-1 truncate font-medium text-ink-2 text-xs">
          {title} <span className="text-ink-3">{rows.length}</span>
        </h3>
        {canDiscard && (
          <IconButton size="sm" label="Discard all changes" onClick={() => setDiscarding(rows)}>
            <Undo2 aria-hidden />
          </IconButton>
        )}
        {!isReadOnly && (
          <IconButton size="sm" label={isStaged ? 'Unstage all' : 'Stage all'} onClick={() => move(rows)}>
            {isStaged ? <Minus aria-hidden /> : <Plus aria-hidden />}
          </IconButton>
        )}
      </header>
      <ul>
        {rows.map((row) => (
          <li
            key={row.path}
            className={clsx(
              'group flex h-7 items-center gap-0.5 pr-1.5',
              row.path === openPath && 'bg-hover',
            )}
          >
            <button
              type="button"
              onClick={() => onOpen(row)}
              title={`${shownPath(row.path)} · ${row.word}`}
              className="flex h-full min-w-0 flex-1 items-center gap-1.5 pl-3 text-left text-xs hover:bg-hover"
            >
              <span
                aria-hidden
                className={clsx('w-3 shrink-0 font-mono', LETTER_TONES[row.letter] ?? 'text-warning')}
              >
                {row.letter}
              </span>
              <span className={clsx('truncate', row.letter === 'D' && 'line-through')}>
                {shownPath(row.name)}
              </span>
              <span className="min-w-0 flex-1 truncate text-2xs text-ink-3">{shownPath(row.folder)}</span>
              <span className="sr-only">{row.word}</span>
            </button>
            {canDiscard && (
              <IconButton
                size="sm"
                label={`Discard ${shownPath(row.path)}`}
                onClick={() => setDiscarding([row])}
              >
                <Undo2 aria-hidden />
              </IconButton>
            )}
            {!isReadOnly && (
              <IconButton
                size="sm"
                label={`${isStaged ? 'Unstage' : 'Stage'} ${shownPath(row.path)}`}
                onClick={() => move([row])}
              >
                {isStaged ? <Minus aria-hidden /> : <Plus aria-hidden />}
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      <ConfirmDialog
        isOpen={discarding.length > 0}
        onOpenChange={(isOpen) => !isOpen && setDiscarding([])}
        title={
          discarding.length === 1
            ? `Discard changes in ${shownPath(discarding[0]?.name ?? '')}?`
            : `Discard ${discarding.length} changes?`
        }
        description="Changes that are not staged are lost, and untracked files are deleted. This can't be undone."
        action="Discard"
        isDangerous
        onConfirm={() => {
          onChange('discard', { files: discarding.map(({ path }) => path) });
          setDiscarding([]);
        }}
      />
    </section>
  );
}
