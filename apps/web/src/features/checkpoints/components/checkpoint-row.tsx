'use client';

import type { Checkpoint } from '@podex/contracts/checkpoints';
import { FileDiff, MoreHorizontal, RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { formatAgo } from '#lib/format.ts';
import { useDeleteCheckpoint } from '../api/checkpoints-query.ts';
import { changesOf, restoredText, titleOf } from '../model/checkpoint-text.ts';
import { ComparisonDialog } from './comparison-dialog.tsx';
import { RestoreDialog } from './restore-dialog.tsx';

interface CheckpointRowProps {
  workspaceId: string;
  checkpoint: Checkpoint;
  now: number;
  isReadOnly: boolean;
  onFilesTouched: () => void;
}

type Task = 'compare' | 'restore' | 'delete';

export function CheckpointRow({
  workspaceId,
  checkpoint,
  now,
  isReadOnly,
  onFilesTouched,
}: CheckpointRowProps) {
  const [task, setTask] = useState<Task>();
  const title = titleOf(checkpoint);
  const close = () => setTask(undefined);
  const dialog = { workspaceId, checkpoint, title, onClose: close };
  return (
    <li className="flex items-center gap-1 py-2 pr-1.5 pl-3">
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm" title={title}>
          {title}
        </p>
        <p className="truncate text-ink-3 text-xs">
          <time dateTime={checkpoint.created_at} title={new Date(checkpoint.created_at).toLocaleString()}>
            {formatAgo(checkpoint.created_at, now)}
          </time>
          {` · ${changesOf(checkpoint)}`}
        </p>
        {checkpoint.restored !== null && (
          <p className="truncate text-ink-3 text-xs">{restoredText(checkpoint.restored)}</p>
        )}
      </div>
      {!isReadOnly && (
        <>
          <IconButton label={`Changes since ${title}`} size="sm" onClick={() => setTask('compare')}>
            <FileDiff />
          </IconButton>
          <IconButton label={`Restore ${title}`} size="sm" onClick={() => setTask('restore')}>
            <RotateCcw />
          </IconButton>
          <Menu
            align="end"
            trigger={
              <IconButton label={`More for ${title}`} size="sm">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<FileDiff />} onSelect={() => setTask('compare')}>
              View changes since
            </MenuItem>
            <MenuItem icon={<RotateCcw />} onSelect={() => setTask('restore')}>
              Restore
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} isDangerous onSelect={() => setTask('delete')}>
              Delete
            </MenuItem>
          </Menu>
          {task === 'compare' && <ComparisonDialog {...dialog} />}
          {task === 'restore' && (
            <RestoreDialog
              workspaceId={workspaceId}
              checkpointId={checkpoint.id}
              title={`Restore ${title}?`}
              when="then"
              action="Restore"
              onClose={close}
              onFilesTouched={onFilesTouched}
            />
          )}
          {task === 'delete' && <DeleteDialog {...dialog} />}
        </>
      )}
    </li>
  );
}

interface DialogProps {
  workspaceId: string;
  checkpoint: Checkpoint;
  title: string;
  onClose: () => void;
}

function DeleteDialog({ workspaceId, checkpoint, title, onClose }: DialogProps) {
  const remove = useDeleteCheckpoint(workspaceId);
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={(isOpen) => isOpen || onClose()}
      title={`Delete ${title}?`}
      description="Your files stay as they are. This can't be undone."
      action="Delete"
      isDangerous
      request={remove}
      onConfirm={() => remove.mutate(checkpoint.id, { onSuccess: onClose })}
    />
  );
}
