'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import { clsx } from 'clsx';
import { ChevronRight, File, Folder, FolderOpen, Link2, Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { parentOf } from '../model/paths.ts';
import type { TreeRow } from '../model/tree-rows.ts';

const INDENT_PX = 12;

interface FileTreeRowProps {
  id: string;
  row: Extract<TreeRow, { kind: 'entry' }>;
  /** Open in the editor. */
  isActive: boolean;
  /** Where the keys are. */
  isCurrent: boolean;
  isDropTarget: boolean;
  onChoose: () => void;
  onContextMenu: () => void;
  menu: ReactNode;
}

export function FileTreeRow({ id, row, isActive, isCurrent, isDropTarget, ...on }: FileTreeRowProps) {
  const { entry, depth, isExpanded } = row;
  const isFolder = entry.type === 'directory';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the focus and listens to the keys of all rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the same; it is named by aria-activedescendant.
    <div
      id={id}
      role="treeitem"
      aria-label={shownPath(entry.name)}
      aria-level={depth + 1}
      aria-selected={isActive}
      {...(isFolder ? { 'aria-expanded': isExpanded } : {})}
      title={entry.unreadable ?? shownPath(entry.path)}
      data-folder={isFolder ? entry.path : parentOf(entry.path)}
      onClick={on.onChoose}
      onContextMenu={(event) => {
        event.preventDefault();
        event.stopPropagation();
        on.onContextMenu();
      }}
      style={{ paddingLeft: 8 + depth * INDENT_PX }}
      className={clsx(
        'group/row flex h-full select-none items-center gap-1 pr-1 text-xs',
        isActive ? 'bg-accent-soft text-ink' : 'text-ink-2 hover:bg-hover hover:text-ink',
        entry.name.startsWith('.') && !isActive && 'text-ink-3',
        isCurrent && 'outline-ring -outline-offset-2 group-focus-visible/tree:outline-2',
        isDropTarget && 'bg-accent-soft',
      )}
    >
      <ChevronRight
        aria-hidden
        className={clsx('size-3 shrink-0 text-ink-3', !isFolder && 'invisible', isExpanded && 'rotate-90')}
      />
      <EntryIcon type={entry.type} isExpanded={isExpanded} />
      <span className="min-w-0 flex-1 truncate">{shownPath(entry.name)}</span>
      {entry.unreadable !== undefined && (
        <Lock aria-label="Can't be read" className="size-3 shrink-0 text-ink-3" />
      )}
      {on.menu}
    </div>
  );
}

function EntryIcon({ type, isExpanded }: { type: FileEntry['type']; isExpanded: boolean }) {
  const className = 'size-3.5 shrink-0 text-ink-3';
  if (type === 'directory') {
    return isExpanded ? (
      <FolderOpen aria-hidden className={className} />
    ) : (
      <Folder aria-hidden className={className} />
    );
  }
  return type === 'symlink' ? (
    <Link2 aria-hidden className={className} />
  ) : (
    <File aria-hidden className={className} />
  );
}

interface NoteRowProps {
  id: string;
  row: Extract<TreeRow, { kind: 'note' }>;
  onRetry: (path: string) => void;
}

/** What is said in place of entries. */
export function NoteRow({ id, row: { text, depth, retryPath }, onRetry }: NoteRowProps) {
  const style = { paddingLeft: 24 + depth * INDENT_PX };
  if (retryPath === undefined) {
    return (
      <p className="truncate py-1 pr-2 text-ink-3 text-xs" style={style} title={text}>
        {text}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the focus and listens to the keys of all rows.
    // biome-ignore lint/a11y/useFocusableInteractive: the same; it is named by aria-activedescendant.
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={false}
      title={text}
      className="truncate py-1 pr-2 text-danger text-xs"
      style={style}
      onClick={() => onRetry(retryPath)}
    >
      {text}
    </div>
  );
}
