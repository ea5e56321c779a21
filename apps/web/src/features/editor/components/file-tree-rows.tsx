'use client';

import type { FileEntry } from '@podex/contracts/files';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { ChevronRight, Ellipsis, File, Folder, FolderOpen, Link2 } from 'lucide-react';
import { memo, useState } from 'react';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
import { directoryQuery } from '../api/files.ts';
import type { FileTask } from './file-dialogs.tsx';

export interface TreeContext {
  workspaceId: string;
  isReadOnly: boolean;
  expanded: ReadonlySet<string>;
  activePath: string | null;
  /** The one row that Tab reaches. */
  focusedPath: string | null;
  onFocus: (path: string) => void;
  onChoose: (entry: FileEntry) => void;
  onTask: (task: FileTask) => void;
}

/** How many children of one directory are drawn at first. */
const DRAWN_CHILDREN = 300;
const INDENT_PX = 12;

interface DirectoryRowsProps {
  path: string;
  depth: number;
  context: TreeContext;
}

export function DirectoryRows({ path, depth, context }: DirectoryRowsProps) {
  const listing = useQuery(directoryQuery(context.workspaceId, path));
  const [drawn, setDrawn] = useState(DRAWN_CHILDREN);
  if (listing.data === undefined) {
    return listing.isError ? (
      <RowNote depth={depth} onClick={() => listing.refetch()} isError>
        {messageOf(listing.error)} Try again
      </RowNote>
    ) : (
      <RowNote depth={depth}>Loading…</RowNote>
    );
  }
  const { children, isTruncated } = listing.data;
  if (children.length === 0) return <RowNote depth={depth}>Empty</RowNote>;
  return (
    <>
      {children.slice(0, drawn).map((entry, index) => (
        <EntryRow
          key={entry.path}
          entry={entry}
          depth={depth}
          context={context}
          isTabStop={
            context.focusedPath === null ? depth === 0 && index === 0 : context.focusedPath === entry.path
          }
        />
      ))}
      {children.length > drawn && (
        <RowNote depth={depth} onClick={() => setDrawn(drawn + DRAWN_CHILDREN)}>
          {children.length - drawn} more…
        </RowNote>
      )}
      {isTruncated && children.length <= drawn && (
        <RowNote depth={depth}>Too many entries to list them all.</RowNote>
      )}
    </>
  );
}

interface EntryRowProps {
  entry: FileEntry;
  depth: number;
  context: TreeContext;
  isTabStop: boolean;
}

const EntryRow = memo(function EntryRow({ entry, depth, context, isTabStop }: EntryRowProps) {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isDirectory = entry.type === 'directory';
  const isExpanded = isDirectory && context.expanded.has(entry.path);
  const isActive = entry.path === context.activePath;
  return (
    <>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it listens to the keys of all rows. */}
      <div
        role="treeitem"
        aria-label={entry.name}
        aria-level={depth + 1}
        aria-selected={isActive}
        {...(isDirectory ? { 'aria-expanded': isExpanded } : {})}
        tabIndex={isTabStop ? 0 : -1}
        title={entry.path}
        onFocus={() => context.onFocus(entry.path)}
        onClick={() => context.onChoose(entry)}
        onContextMenu={(event) => {
          event.preventDefault();
          setMenuOpen(true);
        }}
        style={{ paddingLeft: 8 + depth * INDENT_PX }}
        className={clsx(
          'group/row flex h-6 select-none items-center gap-1 pr-1 text-xs focus-visible:-outline-offset-2 pointer-coarse:h-9',
          isActive ? 'bg-accent-soft text-ink' : 'text-ink-2 hover:bg-hover hover:text-ink',
          entry.name.startsWith('.') && !isActive && 'text-ink-3',
        )}
      >
        <ChevronRight
          aria-hidden
          className={clsx(
            'size-3 shrink-0 text-ink-3',
            !isDirectory && 'invisible',
            isExpanded && 'rotate-90',
          )}
        />
        <EntryIcon entry={entry} isExpanded={isExpanded} />
        <span className="min-w-0 flex-1 truncate">{entry.name}</span>
        <EntryMenu entry={entry} context={context} isOpen={isMenuOpen} onOpenChange={setMenuOpen} />
      </div>
      {isExpanded && <DirectoryRows path={entry.path} depth={depth + 1} context={context} />}
    </>
  );
});

function EntryIcon({ entry, isExpanded }: { entry: FileEntry; isExpanded: boolean }) {
  const className = 'size-3.5 shrink-0 text-ink-3';
  if (entry.type === 'directory') {
    return isExpanded ? (
      <FolderOpen aria-hidden className={className} />
    ) : (
      <Folder aria-hidden className={className} />
    );
  }
  return entry.type === 'symlink' ? (
    <Link2 aria-hidden className={className} />
  ) : (
    <File aria-hidden className={className} />
  );
}

interface EntryMenuProps {
  entry: FileEntry;
  context: TreeContext;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

function EntryMenu({ entry, context: { isReadOnly, onTask }, isOpen, onOpenChange }: EntryMenuProps) {
  const copyPath = () =>
    copyText(entry.path).then(
      () => toast.success('Path copied'),
      (error: unknown) => toast.error("Couldn't copy the path", { description: messageOf(error) }),
    );
  return (
    // What is clicked in the menu is no click on its row.
    // biome-ignore lint/a11y/useKeyWithClickEvents: it does nothing but keep clicks from the row.
    // biome-ignore lint/a11y/noStaticElementInteractions: the same.
    <span className="shrink-0" onClick={(event) => event.stopPropagation()}>
      <Menu
        align="end"
        isOpen={isOpen}
        onOpenChange={onOpenChange}
        trigger={
          <button
            type="button"
            tabIndex={-1}
            aria-label={`More for ${entry.name}`}
            className="flex size-5 items-center justify-center rounded-sm text-ink-3 opacity-0 hover:bg-pressed hover:text-ink focus-visible:opacity-100 group-hover/row:opacity-100 data-[state=open]:opacity-100 pointer-coarse:size-7 pointer-coarse:opacity-100"
          >
            <Ellipsis aria-hidden className="size-3.5" />
          </button>
        }
      >
        {entry.type === 'directory' && !isReadOnly && (
          <>
            <MenuItem onSelect={() => onTask({ kind: 'new_file', directory: entry.path })}>
              New file…
            </MenuItem>
            <MenuItem onSelect={() => onTask({ kind: 'new_folder', directory: entry.path })}>
              New folder…
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuItem onSelect={copyPath}>Copy path</MenuItem>
        {!isReadOnly && (
          <>
            <MenuItem onSelect={() => onTask({ kind: 'rename', entry })}>Rename…</MenuItem>
            <MenuItem isDangerous onSelect={() => onTask({ kind: 'delete', entry })}>
              Delete…
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}

interface RowNoteProps {
  depth: number;
  children: React.ReactNode;
  onClick?: () => void;
  isError?: boolean;
}

function RowNote({ depth, children, onClick, isError = false }: RowNoteProps) {
  const className = clsx(
    'block w-full py-0.5 pr-2 text-left text-xs',
    isError ? 'text-danger' : 'text-ink-3',
  );
  const style = { paddingLeft: 24 + depth * INDENT_PX };
  if (onClick === undefined) {
    return (
      <p className={className} style={style}>
        {children}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it listens to the keys of all rows.
    <div
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={false}
      tabIndex={-1}
      className={`${className} hover:text-ink`}
      style={style}
      onClick={onClick}
    >
      {children}
    </div>
  );
}
