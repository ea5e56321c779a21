'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { readKeptList, writeKeptList } from '#lib/kept-list.ts';
import { readContent, readEntry, writeContent } from '../api/files.ts';
import { type FileGateway, OpenFiles, type OpenFilesSnapshot } from './open-files.ts';

/** The files of one workspace as tree and editor share them. */
export interface EditorSession {
  workspaceId: string;
  openFiles: OpenFiles;
  /** Something may have written files: the tree and the open files are looked at again, soon and at most every second. */
  filesTouched: () => void;
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
    return { workspaceId, openFiles, touched: new SettledCall(refresh) };
  }, [workspaceId, queryClient]);

  useEffect(
    () => () => {
      session.touched.cancel();
      session.openFiles.dispose();
    },
    [session],
  );
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

  return useMemo(
    () => ({ workspaceId, openFiles: session.openFiles, filesTouched: () => session.touched.request() }),
    [session, workspaceId],
  );
}

export function useOpenFiles({ openFiles }: EditorSession): OpenFilesSnapshot {
  return useSyncExternalStore(openFiles.onChange, openFiles.getSnapshot, openFiles.getSnapshot);
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
