'use client';

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { readKeptList, writeKeptList } from '#lib/kept-list.ts';
import { HOME_PATH, readContent, readEntry, writeContent } from '../api/files.ts';
import { beginUpload, cancelUpload, finishUpload, sendPart, sendWhole } from '../api/send-file.ts';
import { watchFolders } from '../api/watch.ts';
import { FollowChanges } from './follow-changes.ts';
import { type FileGateway, OpenFiles, type OpenFilesSnapshot } from './open-files.ts';
import { type UploadGateway, UploadQueue, type UploadSnapshot } from './upload-queue.ts';

/** The files of one workspace as tree and editor share them. */
export interface EditorSession {
  workspaceId: string;
  openFiles: OpenFiles;
  uploads: UploadQueue;
  /** The tree and the open files are looked at again, soon and at most every second. */
  filesTouched: () => void;
  /** Something may have written files. Does nothing while changes are told as they happen. */
  filesMayBeTouched: () => void;
}

const QUIET_MS = 350;
const AT_MOST_EVERY_MS = 1_500;

/**
 * One per workspace screen; it outlives a stop of the workspace, so text that was not saved is still there after it. Which files are
 * open is kept over a reload, and read once the workspace can be read.
 */
export function useEditorSession(workspaceId: string, { canRead }: { canRead: boolean }): EditorSession {
  const queryClient = useQueryClient();
  const session = useMemo(() => {
    const openFiles = new OpenFiles({
      gateway: gatewayOf(workspaceId),
      loadBuffers: async () => (await import('./create-code-buffer.ts')).createCodeBuffer,
    });
    const refresh = () =>
      Promise.all([openFiles.refresh(), queryClient.invalidateQueries({ queryKey: ['files', workspaceId] })]);
    const follow = new FollowChanges({
      root: HOME_PATH,
      watch: (folders, signal) => watchFolders(workspaceId, folders, signal),
      shown: () => ({ folders: foldersShown(queryClient, workspaceId), files: pathsOf(openFiles) }),
      read: ({ folders, files }) =>
        Promise.all([
          openFiles.look(files),
          ...folders.map((folder) =>
            queryClient.invalidateQueries({ queryKey: ['files', workspaceId, folder], exact: true }),
          ),
        ]),
    });
    const touched = new SettledCall(refresh);
    const uploads = new UploadQueue(uploadsOf(workspaceId), () => touched.request());
    return { openFiles, uploads, follow, touched };
  }, [workspaceId, queryClient]);

  useEffect(
    () => () => {
      session.touched.cancel();
      session.openFiles.dispose();
      session.uploads.dispose();
    },
    [session],
  );
  useEffect(() => {
    const wake = () => session.uploads.wake();
    window.addEventListener('online', wake);
    return () => window.removeEventListener('online', wake);
  }, [session]);
  useEffect(() => {
    if (!canRead) return undefined;
    const { openFiles, touched } = session;
    const key = `podex.open-files.${workspaceId}`;
    // A file that fails to open shows the error in its tab.
    for (const path of readKeptList(key)) openFiles.open(path).catch(() => undefined);
    const stopKeeping = openFiles.onChange(() => keepOpenPaths(key, openFiles.getSnapshot()));
    const look = () => touched.request();
    look();
    window.addEventListener('focus', look);
    return () => {
      window.removeEventListener('focus', look);
      stopKeeping();
    };
  }, [session, workspaceId, canRead]);
  useEffect(() => {
    if (!canRead) return undefined;
    const { openFiles, follow } = session;
    // A browser has six connections to a server for all its pages: one that nobody sees leaves its own to others.
    const startOrStop = () => (document.visibilityState === 'visible' ? follow.start() : follow.stop());
    startOrStop();
    document.addEventListener('visibilitychange', startOrStop);
    const stopListening = openFiles.onChange(() => follow.shownChanged());
    const stopObserving = queryClient.getQueryCache().subscribe(({ type, query }) => {
      const isOfObservers = type === 'observerAdded' || type === 'observerRemoved';
      if (isOfObservers && query.queryKey[0] === 'files') follow.shownChanged();
    });
    return () => {
      document.removeEventListener('visibilitychange', startOrStop);
      stopObserving();
      stopListening();
      follow.stop();
    };
  }, [session, queryClient, canRead]);

  return useMemo(
    () => ({
      workspaceId,
      openFiles: session.openFiles,
      uploads: session.uploads,
      filesTouched: () => session.touched.request(),
      filesMayBeTouched: () => {
        if (!session.follow.isLive) session.touched.request();
      },
    }),
    [session, workspaceId],
  );
}

/** The folders whose listings somebody looks at: unfolded ones, whatever draws them. */
function foldersShown(queryClient: QueryClient, workspaceId: string): string[] {
  const listings = queryClient.getQueryCache().findAll({ queryKey: ['files', workspaceId], type: 'active' });
  return listings.flatMap(({ queryKey: [, , folder] }) => (typeof folder === 'string' ? [folder] : []));
}

function pathsOf(openFiles: OpenFiles): string[] {
  return openFiles.getSnapshot().files.map(({ path }) => path);
}

export function useOpenFiles({ openFiles }: EditorSession): OpenFilesSnapshot {
  return useSyncExternalStore(openFiles.onChange, openFiles.getSnapshot, openFiles.getSnapshot);
}

export function useUploads({ uploads }: EditorSession): UploadSnapshot {
  return useSyncExternalStore(uploads.onChange, uploads.getSnapshot, uploads.getSnapshot);
}

/** The file that is shown comes last, so that it is opened last and shown again. */
function keepOpenPaths(key: string, { files, activePath }: OpenFilesSnapshot): void {
  const others = files.map(({ path }) => path).filter((path) => path !== activePath);
  writeKeptList(key, activePath === null ? others : [...others, activePath]);
}

function gatewayOf(workspaceId: string): FileGateway {
  return {
    sizeOf: async (path) => (await readEntry(workspaceId, path)).size,
    read: (path, knownEtag) => readContent(workspaceId, path, knownEtag),
    write: async (path, text, ifMatch) => (await writeContent(workspaceId, path, text, ifMatch)).etag,
  };
}

function uploadsOf(workspaceId: string): UploadGateway {
  return {
    sendWhole: (target, file, sending) => sendWhole(workspaceId, target, file, sending),
    begin: (id, target) => beginUpload(workspaceId, id, target),
    sendPart: (id, part, sending) => sendPart(workspaceId, id, part, sending),
    finish: (id) => finishUpload(workspaceId, id),
    cancel: (id) => cancelUpload(workspaceId, id),
  };
}

/** Runs a call once requests have been quiet for a moment; under steady requests every 1.5 s. */
class SettledCall {
  readonly #call: () => Promise<unknown>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstAt: number | undefined;

  constructor(call: () => Promise<unknown>) {
    this.#call = call;
  }

  request(): void {
    const now = Date.now();
    this.#firstAt ??= now;
    clearTimeout(this.#timer);
    const delay = Math.max(0, Math.min(QUIET_MS, this.#firstAt + AT_MOST_EVERY_MS - now));
    this.#timer = setTimeout(() => {
      this.#firstAt = undefined;
      // Each part shows its own failure where it stands; the next request tries again.
      this.#call().catch(() => undefined);
    }, delay);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#firstAt = undefined;
  }
}
