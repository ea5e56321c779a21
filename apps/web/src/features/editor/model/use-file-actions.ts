'use client';

import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import { useQueryClient } from '@tanstack/react-query';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { copyText } from '#lib/clipboard.ts';
import { type Archive, download } from '../api/download.ts';
import { createDirectory } from '../api/files.ts';
import { moveToTrash, restoreFromTrash } from '../api/trash.ts';
import type { ChosenFiles } from './dropped-files.ts';
import type { EditorSession } from './editor-session.ts';
import { joinPath } from './paths.ts';

export interface FileActions {
  copyPath: (entry: FileEntry) => Promise<unknown>;
  /** A folder as a .tar.gz, unless another archive is asked for. */
  download: (entry: FileEntry, archive?: Archive) => Promise<void>;
  trash: (entry: FileEntry) => Promise<void>;
  upload: (folder: string, chosen: ChosenFiles) => Promise<void>;
}

/** What is done with files without asking further. `onNoTrash` is told of one that lies where nothing can be moved to the trash. */
export function useFileActions(session: EditorSession, onNoTrash: (entry: FileEntry) => void): FileActions {
  const { workspaceId, uploads, filesTouched } = session;
  const queryClient = useQueryClient();
  const trashTouched = () => queryClient.invalidateQueries({ queryKey: ['trash', workspaceId] });

  async function undo(trashId: string, name: string) {
    try {
      await restoreFromTrash(workspaceId, trashId);
    } catch (error) {
      toast.error(`Couldn't restore ${name}`, { description: messageOf(error) });
    }
    filesTouched();
    await trashTouched();
  }

  return {
    copyPath: (entry) =>
      copyText(entry.path).then(
        () => toast.success('Path copied'),
        (error: unknown) => toast.error("Couldn't copy the path", { description: messageOf(error) }),
      ),
    async download(entry, archive = 'tar') {
      const name = shownPath(entry.name);
      const controller = new AbortController();
      const id = toast.loading(`Downloading ${name}`, {
        action: { label: 'Cancel', onClick: () => controller.abort() },
      });
      try {
        await download(workspaceId, { entry, archive }, controller.signal);
      } catch (error) {
        const isMeant =
          controller.signal.aborted || (error instanceof DOMException && error.name === 'AbortError');
        if (!isMeant) toast.error(`Couldn't download ${name}`, { description: messageOf(error) });
      } finally {
        toast.dismiss(id);
      }
    },
    async trash(entry) {
      const name = shownPath(entry.name);
      try {
        const { trash_id: trashId } = await moveToTrash(workspaceId, entry.path);
        toast.success(`${name} moved to the trash`, {
          action: { label: 'Undo', onClick: () => undo(trashId, name) },
        });
      } catch (error) {
        if (PodexError.has(error, 'conflict') && error.context.reason === 'EXDEV') onNoTrash(entry);
        else toast.error(`Couldn't delete ${name}`, { description: messageOf(error) });
      }
      filesTouched();
      await trashTouched();
    },
    async upload(folder, { files, emptyFolders }) {
      uploads.add(files.map(({ path, file }) => ({ path: joinPath(folder, path), file })));
      try {
        for (const path of emptyFolders) await createDirectory(workspaceId, joinPath(folder, path));
      } catch (error) {
        toast.error("Couldn't create a folder", { description: messageOf(error) });
      }
      filesTouched();
    },
  };
}
