'use client';

import { Button } from '#components/button.tsx';
import { Notice } from '#components/notice.tsx';
import type { OpenFile, OpenFiles } from '../model/open-files.ts';
import { baseName } from '../model/paths.ts';

interface FileConflictProps {
  file: Extract<OpenFile, { status: 'ready' }>;
  openFiles: OpenFiles;
}

/** Somebody else wrote or deleted the file: the person decides whose text stays. */
export function FileConflict({ file, openFiles }: FileConflictProps) {
  if (file.conflict === null) return null;
  const name = baseName(file.path);
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
            <Button size="sm" isBusy={file.isSaving} onClick={() => openFiles.overwrite(file.path)}>
              {isDeleted ? 'Write it again' : 'Overwrite'}
            </Button>
          </>
        }
      >
        {isDeleted
          ? 'Your text is here only. Write it again to keep it.'
          : 'Reload takes the text from disk and drops your changes; Overwrite puts your text there.'}
      </Notice>
    </div>
  );
}
