'use client';

import { shownPath } from '@podex/contracts/file-names';
import { Button } from '#components/button.tsx';
import type { OpenFile } from '../model/open-files.ts';

interface EditorStatusProps {
  file: Extract<OpenFile, { status: 'ready' }>;
  isReadOnly: boolean;
  onSave: () => void;
}

/** Where the file is, and whether it is saved. */
export function EditorStatus({ file, isReadOnly, onSave }: EditorStatusProps) {
  return (
    <footer className="flex h-7 shrink-0 items-center gap-3 border-t bg-sunken px-3 text-2xs text-ink-3">
      <span className="min-w-0 flex-1 truncate font-mono">{shownPath(file.path)}</span>
      {file.saveError !== null && (
        <span role="alert" className="min-w-0 truncate text-danger">
          Not saved: {file.saveError}
        </span>
      )}
      <span role="status">{wordFor(file, isReadOnly)}</span>
      {file.isDirty && !isReadOnly && (
        <Button
          size="sm"
          variant="ghost"
          className="h-5 px-1.5 text-2xs"
          disabled={file.isSaving}
          onClick={onSave}
        >
          Save
        </Button>
      )}
    </footer>
  );
}

function wordFor({ isSaving, isDirty }: EditorStatusProps['file'], isReadOnly: boolean): string {
  if (isSaving) return 'Saving…';
  if (isReadOnly) return isDirty ? 'Unsaved, and you can no longer save here' : 'Read only';
  return isDirty ? 'Unsaved' : 'Saved';
}
