'use client';

import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import { Ellipsis } from 'lucide-react';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import type { FileActions } from '../model/use-file-actions.ts';
import type { FileTask } from './file-dialogs.tsx';

interface FileMenuProps {
  entry: FileEntry;
  isReadOnly: boolean;
  actions: FileActions;
  onTask: (task: FileTask) => void;
  onUpload: (folder: string, kind: 'files' | 'folder') => void;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

export function FileMenu({ entry, isReadOnly, actions, isOpen, onOpenChange, ...on }: FileMenuProps) {
  const isFolder = entry.type === 'directory';
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
            aria-label={`More for ${shownPath(entry.name)}`}
            className="flex size-5 items-center justify-center rounded-sm text-ink-3 opacity-0 hover:bg-pressed hover:text-ink focus-visible:opacity-100 group-hover/row:opacity-100 data-[state=open]:opacity-100 pointer-coarse:size-7 pointer-coarse:opacity-100"
          >
            <Ellipsis aria-hidden className="size-3.5" />
          </button>
        }
      >
        {isFolder && !isReadOnly && (
          <>
            <MenuItem onSelect={() => on.onTask({ kind: 'new_file', directory: entry.path })}>
              New file…
            </MenuItem>
            <MenuItem onSelect={() => on.onTask({ kind: 'new_folder', directory: entry.path })}>
              New folder…
            </MenuItem>
            <MenuItem onSelect={() => on.onUpload(entry.path, 'files')}>Upload files…</MenuItem>
            <MenuItem onSelect={() => on.onUpload(entry.path, 'folder')}>Upload folder…</MenuItem>
            <MenuSeparator />
          </>
        )}
        {entry.type === 'file' && <MenuItem onSelect={() => actions.download(entry)}>Download</MenuItem>}
        {isFolder && (
          <>
            <MenuItem onSelect={() => actions.download(entry, 'zip')}>Download as .zip</MenuItem>
            <MenuItem onSelect={() => actions.download(entry)}>Download as .tar.gz</MenuItem>
          </>
        )}
        <MenuItem onSelect={() => actions.copyPath(entry)}>Copy path</MenuItem>
        {!isReadOnly && (
          <>
            <MenuItem onSelect={() => on.onTask({ kind: 'rename', entry })}>Rename…</MenuItem>
            <MenuSeparator />
            <MenuItem onSelect={() => actions.trash(entry)}>Delete</MenuItem>
            <MenuItem isDangerous onSelect={() => on.onTask({ kind: 'delete', entry })}>
              Delete permanently…
            </MenuItem>
          </>
        )}
      </Menu>
    </span>
  );
}
