'use client';

import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import { useMutation } from '@tanstack/react-query';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { PromptDialog } from '#components/prompt-dialog.tsx';
import { createDirectory, createFile, deleteEntry, moveEntry } from '../api/files.ts';
import type { EditorSession } from '../model/editor-session.ts';
import { joinPath, parentOf } from '../model/paths.ts';

/** What the user wants to do to the tree. */
export type FileTask =
  | { kind: 'new_file' | 'new_folder'; directory: string }
  | { kind: 'rename' | 'delete'; entry: FileEntry };

interface FileDialogsProps {
  session: EditorSession;
  task: FileTask | null;
  onDone: () => void;
}

const TITLES = { new_file: 'New file', new_folder: 'New folder', rename: 'Rename' };
const ACTIONS = { new_file: 'Create', new_folder: 'Create', rename: 'Rename' };

export function FileDialogs({ session, task, onDone }: FileDialogsProps) {
  const change = useMutation({
    mutationFn: (wanted: { task: FileTask; name: string }) => changeFiles(session, wanted.task, wanted.name),
  });
  const run = (wanted: FileTask, name: string) =>
    change.mutate({ task: wanted, name }, { onSuccess: close, onSettled: session.filesTouched });
  function close() {
    change.reset();
    onDone();
  }
  const request = { isPending: change.isPending, error: worded(change.error) };

  if (task === null) return null;
  if (task.kind === 'delete') {
    return (
      <ConfirmDialog
        isOpen
        onOpenChange={close}
        title={`Delete “${shownPath(task.entry.name)}” permanently?`}
        description={
          task.entry.type === 'directory'
            ? "The folder and everything in it will be deleted. This can't be undone."
            : "The file won't be in the trash. This can't be undone."
        }
        action="Delete"
        isDangerous
        request={request}
        onConfirm={() => run(task, task.entry.name)}
      />
    );
  }
  return (
    <PromptDialog
      isOpen
      onOpenChange={close}
      title={TITLES[task.kind]}
      label={'directory' in task ? `In ${shownPath(task.directory)}` : 'New name'}
      placeholder={task.kind === 'new_file' ? 'src/index.ts' : undefined}
      initialValue={'entry' in task ? task.entry.name : undefined}
      maxLength={255}
      action={ACTIONS[task.kind]}
      request={request}
      onSubmit={(name) => run(task, name)}
    />
  );
}

async function changeFiles(
  { workspaceId, openFiles }: EditorSession,
  task: FileTask,
  name: string,
): Promise<void> {
  switch (task.kind) {
    case 'new_file': {
      const created = await createFile(workspaceId, joinPath(task.directory, name));
      return await openFiles.open(created.path);
    }
    case 'new_folder':
      await createDirectory(workspaceId, joinPath(task.directory, name));
      return;
    case 'rename': {
      const moved = await moveEntry(workspaceId, task.entry.path, joinPath(parentOf(task.entry.path), name));
      openFiles.moved(task.entry.path, moved.path);
      return;
    }
    case 'delete':
      await deleteEntry(workspaceId, task.entry.path);
      return;
  }
}

/** What a file that is in the way means here. */
function worded(error: Error | null): Error | null {
  if (!PodexError.has(error, 'file_changed')) return error;
  return new Error('A file with this name already exists. Choose another name.');
}
