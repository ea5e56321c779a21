'use client';

import type { FileEntry } from '@podex/contracts/files';
import { FilePlus, FolderPlus, RefreshCw } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { IconButton } from '#components/icon-button.tsx';
import { readKeptList, writeKeptList } from '#lib/kept-list.ts';
import { HOME_PATH } from '../api/files.ts';
import { type EditorSession, useOpenFiles } from '../model/editor-session.ts';
import { moveTreeFocus } from '../model/tree-keys.ts';
import { FileDialogs, type FileTask } from './file-dialogs.tsx';
import { DirectoryRows, type TreeContext } from './file-tree-rows.tsx';

interface FileTreeProps {
  session: EditorSession;
  isReadOnly: boolean;
  onOpened?: () => void;
}

/** The files of the workspace, read directory by directory as they are unfolded. */
export function FileTree({ session, isReadOnly, onOpened }: FileTreeProps) {
  const { workspaceId, openFiles, filesTouched } = session;
  const { activePath } = useOpenFiles(session);
  const [expanded, toggle] = useExpanded(workspaceId);
  const [focusedPath, setFocusedPath] = useState<string | null>(null);
  const [task, setTask] = useState<FileTask | null>(null);
  const tree = useRef<HTMLDivElement>(null);

  const onChoose = useCallback(
    async (entry: FileEntry) => {
      if (entry.type === 'directory') {
        toggle(entry.path);
        return;
      }
      onOpened?.();
      await openFiles.open(entry.path);
    },
    [toggle, openFiles, onOpened],
  );
  const context: TreeContext = useMemo(
    () => ({
      workspaceId,
      isReadOnly,
      expanded,
      activePath,
      focusedPath,
      onFocus: setFocusedPath,
      onChoose,
      onTask: setTask,
    }),
    [workspaceId, isReadOnly, expanded, activePath, focusedPath, onChoose],
  );

  return (
    <section aria-label="Files" data-testid="files" className="flex h-full min-w-0 flex-col bg-sunken">
      <TreeHeader onTask={isReadOnly ? undefined : setTask} onRefresh={filesTouched} />
      <div
        ref={tree}
        role="tree"
        aria-label="File tree"
        onKeyDown={(event) => moveTreeFocus(event, tree.current)}
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain py-1"
      >
        <DirectoryRows path={HOME_PATH} depth={0} context={context} />
      </div>
      <FileDialogs session={session} task={task} onDone={() => setTask(null)} />
    </section>
  );
}

interface TreeHeaderProps {
  /** Left out: nothing can be made. */
  onTask: ((task: FileTask) => void) | undefined;
  onRefresh: () => void;
}

function TreeHeader({ onTask, onRefresh }: TreeHeaderProps) {
  return (
    <header className="flex h-9 shrink-0 items-center gap-0.5 border-b pr-1.5 pl-3">
      <h2 className="min-w-0 flex-1 truncate font-medium text-ink-2 text-xs">Files</h2>
      {onTask !== undefined && (
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
        </>
      )}
      <IconButton size="sm" label="Refresh files" onClick={onRefresh}>
        <RefreshCw aria-hidden />
      </IconButton>
    </header>
  );
}

function useExpanded(workspaceId: string): [ReadonlySet<string>, (path: string) => void] {
  const key = `podex.expanded.${workspaceId}`;
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => new Set(readKeptList(key)));
  const toggle = useCallback(
    (path: string) =>
      setExpanded((old) => {
        const next = new Set(old);
        if (!next.delete(path)) next.add(path);
        writeKeptList(key, [...next]);
        return next;
      }),
    [key],
  );
  return [expanded, toggle];
}
