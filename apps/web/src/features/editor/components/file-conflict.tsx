'use client';

import { shownPath } from '@podex/contracts/file-names';
import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import type { OpenFile, OpenFiles } from '../model/open-files.ts';
import { baseName } from '../model/paths.ts';

interface FileConflictProps {
  file: Extract<OpenFile, { status: 'ready' }>;
  openFiles: OpenFiles;
  isReadOnly: boolean;
}

/** The file was changed or deleted by someone else: the user decides which text to keep. */
export function FileConflict({ file, openFiles, isReadOnly }: FileConflictProps) {
  if (file.conflict === null) return null;
  const name = shownPath(baseName(file.path));
  const isDeleted = file.conflict === 'deleted';
  return (
    <div className="p-2" data-testid="file-conflict">
      <Notice
        tone="warning"
        isAlert
        title={isDeleted ? `${name} was deleted on disk` : `${name} was changed on disk`}
        actions={
          <>
            {isDeleted ? (
              <Button size="sm" onClick={() => openFiles.close(file.path)}>
                Close
              </Button>
            ) : (
              <Button size="sm" onClick={() => openFiles.reload(file.path)}>
                Reload
              </Button>
            )}
            {!isReadOnly && (
              <Button size="sm" isBusy={file.isSaving} onClick={() => openFiles.overwrite(file.path)}>
                {isDeleted ? 'Save again' : 'Overwrite'}
              </Button>
            )}
          </>
        }
      >
        {isDeleted
          ? 'Your text exists only in this tab. Save it again to keep it.'
          : 'Reload to discard your changes, or overwrite the file with your text.'}
      </Notice>
    </div>
  );
}
