'use client';

import { Ellipsis, FilePlus, FolderPlus, Upload } from 'lucide-react';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem } from '#components/menu.tsx';
import { HOME_PATH } from '../api/files.ts';
import type { FileTask } from './file-dialogs.tsx';

interface TreeHeaderProps {
  isReadOnly: boolean;
  onTask: (task: FileTask) => void;
  onUpload: (folder: string, kind: 'files' | 'folder') => void;
  onRefresh: () => void;
  onTrash: () => void;
}

export function TreeHeader({ isReadOnly, onTask, onUpload, onRefresh, onTrash }: TreeHeaderProps) {
  return (
    <header className="flex h-9 shrink-0 items-center gap-0.5 border-b pr-1.5 pl-3">
      <h2 className="min-w-0 flex-1 truncate font-medium text-ink-2 text-xs">Files</h2>
      {!isReadOnly && (
        <>
          <IconButton
            size="sm"
            label="New file"
            onClick={() => onTask({ kind: 'new_file', directory: HOME_PATH })}
          >
            <FilePlus aria-hidden />
          </IconButton>
          <IconButton
            size="sm"
            label="New folder"
            onClick={() => onTask({ kind: 'new_folder', directory: HOME_PATH })}
          >
            <FolderPlus aria-hidden />
          </IconButton>
          <Menu
            align="end"
            trigger={
              <button type="button" aria-label="Upload" title="Upload" className={BUTTON}>
                <Upload aria-hidden />
              </button>
            }
          >
            <MenuItem onSelect={() => onUpload(HOME_PATH, 'files')}>Upload files…</MenuItem>
            <MenuItem onSelect={() => onUpload(HOME_PATH, 'folder')}>Upload folder…</MenuItem>
          </Menu>
        </>
      )}
      <Menu
        align="end"
        trigger={
          <button type="button" aria-label="More for files" title="More" className={BUTTON}>
            <Ellipsis aria-hidden />
          </button>
        }
      >
        <MenuItem onSelect={onRefresh}>Refresh</MenuItem>
        <MenuItem onSelect={onTrash}>Trash…</MenuItem>
      </Menu>
    </header>
  );
}

const BUTTON =
  'inline-flex size-6 shrink-0 items-center justify-center rounded-md text-ink-3 transition-colors hover:bg-hover hover:text-ink data-[state=open]:bg-hover data-[state=open]:text-ink [&_svg]:size-3.5';
