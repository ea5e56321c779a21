'use client';

import { type ChangeEvent, useRef } from 'react';
import { HOME_PATH } from '../api/files.ts';
import { type ChosenFiles, chosenFiles } from '../model/dropped-files.ts';

/** The browser’s own dialogs to choose files, or a folder with all in it. `fields` must stand somewhere on the page. */
export function useFilePicker(onChosen: (folder: string, chosen: ChosenFiles) => Promise<void>) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const target = useRef(HOME_PATH);

  function open(into: string, kind: 'files' | 'folder') {
    target.current = into;
    (kind === 'files' ? files : folder).current?.click();
  }

  async function onChange({ currentTarget }: ChangeEvent<HTMLInputElement>) {
    const chosen = chosenFiles(currentTarget.files ?? new DataTransfer().files);
    // The same choice again is a change again.
    currentTarget.value = '';
    await onChosen(target.current, chosen);
  }

  const fields = (
    <>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={onChange} />
      <input
        ref={folder}
        type="file"
        hidden
        aria-label="Folder to upload"
        onChange={onChange}
        {...{ webkitdirectory: '' }}
      />
    </>
  );
  return { open, fields };
}
