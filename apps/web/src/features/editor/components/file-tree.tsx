'use client';

import type { FileEntry } from '@podex/contracts/files';
import { clsx } from 'clsx';
import { type DragEvent, type KeyboardEvent, useId, useRef, useState } from 'react';
import { VirtualRows, type VirtualRowsHandle } from '#components/virtual-rows.tsx';
import { useMediaQuery } from '#lib/use-media-query.ts';
import { HOME_PATH } from '../api/files.ts';
import { droppedFiles, holdsFiles } from '../model/dropped-files.ts';
import { type EditorSession, useOpenFiles } from '../model/editor-session.ts';
import { stepOf } from '../model/tree-keys.ts';
import type { TreeRow } from '../model/tree-rows.ts';
import { useFileActions } from '../model/use-file-actions.ts';
import { useFileTree } from '../model/use-file-tree.ts';
import { FileDialogs, type FileTask } from './file-dialogs.tsx';
import { FileMenu } from './file-menu.tsx';
import { FileTreeRow, NoteRow } from './file-tree-row.tsx';
import { TrashDialog } from './trash-dialog.tsx';
import { TreeHeader } from './tree-header.tsx';
import { UploadList } from './upload-list.tsx';
import { useFilePicker } from './use-file-picker.tsx';

const ROW_PX = 24;
const TOUCH_ROW_PX = 36;

interface FileTreeProps {
  session: EditorSession;
  isReadOnly: boolean;
  onOpened?: () => void;
}

/** The files of the workspace, read directory by directory as they are unfolded. */
export function FileTree({ session, isReadOnly, onOpened }: FileTreeProps) {
  const { workspaceId, openFiles, filesTouched } = session;
  const { activePath } = useOpenFiles(session);
  const { rows, toggle, retry } = useFileTree(workspaceId);
  const [task, setTask] = useState<FileTask | null>(null);
  const [isTrashOpen, setTrashOpen] = useState(false);
  const actions = useFileActions(session, (entry) => setTask({ kind: 'delete', entry }));
  const picker = useFilePicker(actions.upload);
  const drop = useDrop(isReadOnly ? undefined : actions.upload);

  async function choose(row: TreeRow | undefined) {
    if (row?.kind === 'note' && row.retryPath !== undefined) retry(row.retryPath);
    if (row?.kind !== 'entry') return;
    if (row.entry.type === 'directory') return toggle(row.entry.path);
    onOpened?.();
    await openFiles.open(row.entry.path);
  }

  /** Undefined for a key that means nothing here. */
  function act(key: string, entry: FileEntry): (() => unknown) | undefined {
    if (isReadOnly) return undefined;
    if (key === 'Delete') return () => actions.trash(entry);
    return key === 'F2' ? () => setTask({ kind: 'rename', entry }) : undefined;
  }

  return (
    <section
      aria-label="Files"
      data-testid="files"
      {...drop.listeners}
      className={clsx(
        'flex h-full min-w-0 flex-col bg-sunken',
        drop.folder === HOME_PATH && 'outline-2 outline-ring -outline-offset-2',
      )}
    >
      <TreeHeader
        isReadOnly={isReadOnly}
        onTask={setTask}
        onUpload={picker.open}
        onRefresh={filesTouched}
        onTrash={() => setTrashOpen(true)}
      />
      <TreeRows
        rows={rows}
        onChoose={choose}
        actionOf={act}
        renderRow={({ row, id, isCurrent, onCurrent, isMenuOpen, onMenu }) =>
          row.kind === 'note' ? (
            <NoteRow id={id} row={row} onRetry={retry} />
          ) : (
            <FileTreeRow
              id={id}
              row={row}
              isActive={row.entry.path === activePath}
              isCurrent={isCurrent}
              isDropTarget={drop.folder === row.entry.path}
              onChoose={() => {
                onCurrent();
                return choose(row);
              }}
              onContextMenu={() => {
                onCurrent();
                onMenu(true);
              }}
              menu={
                <FileMenu
                  entry={row.entry}
                  isReadOnly={isReadOnly}
                  actions={actions}
                  onTask={setTask}
                  onUpload={picker.open}
                  isOpen={isMenuOpen}
                  onOpenChange={onMenu}
                />
              }
            />
          )
        }
      />
      <UploadList session={session} />
      {picker.fields}
      <FileDialogs session={session} task={task} onDone={() => setTask(null)} />
      <TrashDialog
        session={session}
        isReadOnly={isReadOnly}
        isOpen={isTrashOpen}
        onOpenChange={setTrashOpen}
      />
    </section>
  );
}

interface RenderedRow {
  row: TreeRow;
  id: string;
  isCurrent: boolean;
  onCurrent: () => void;
  isMenuOpen: boolean;
  onMenu: (isOpen: boolean) => void;
}

interface TreeRowsProps {
  rows: readonly TreeRow[];
  onChoose: (row: TreeRow | undefined) => unknown;
  /** What else a key does to an entry. */
  actionOf: (key: string, entry: FileEntry) => (() => unknown) | undefined;
  renderRow: (rendered: RenderedRow) => React.ReactNode;
}

/** The tree has the focus, its rows have not: the one that the keys are on may be scrolled out of sight. */
function TreeRows({ rows, onChoose, actionOf, renderRow }: TreeRowsProps) {
  const [currentKey, setCurrentKey] = useState<string | null>(null);
  const [menuKey, setMenuKey] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const handle = useRef<VirtualRowsHandle>(null);
  const isTouch = useMediaQuery('(pointer: coarse)');
  const prefix = useId();
  const current = Math.max(
    0,
    rows.findIndex(({ key }) => key === currentKey),
  );

  function onKeyDown(event: KeyboardEvent) {
    const action = keyAction(event);
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  function keyAction(event: KeyboardEvent): (() => unknown) | undefined {
    // Keys of a menu come by here as well.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
      return undefined;
    const row = rows[current];
    const step = stepOf(event.key, rows, current);
    if (step === undefined) return row?.kind === 'entry' ? actionOf(event.key, row.entry) : undefined;
    if (step.kind === 'go') return () => goTo(step.index);
    return () => (step.kind === 'choose' ? onChoose(row) : undefined);
  }

  function goTo(index: number) {
    setCurrentKey(rows[index]?.key ?? null);
    handle.current?.reveal(index);
  }

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label="File tree"
      // A tree without an item is one whose items are on their way, or there are none.
      aria-busy={!rows.some(({ kind }) => kind === 'entry')}
      tabIndex={0}
      aria-activedescendant={rows[current]?.kind === 'entry' ? `${prefix}-${current}` : undefined}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => {
        // From the keyboard; a click is on a row.
        if (event.target !== event.currentTarget || rows[current]?.kind !== 'entry') return;
        event.preventDefault();
        setMenuKey(rows[current]?.key ?? null);
      }}
      className="group/tree min-h-0 flex-1 overflow-y-auto overscroll-contain focus:outline-none"
    >
      <VirtualRows
        rows={rows}
        rowHeight={isTouch ? TOUCH_ROW_PX : ROW_PX}
        keyOf={({ key }) => key}
        scroller={scroller}
        ref={handle}
      >
        {(row, index) =>
          renderRow({
            row,
            id: `${prefix}-${index}`,
            isCurrent: index === current,
            onCurrent: () => setCurrentKey(row.key),
            isMenuOpen: row.key === menuKey,
            onMenu: (isOpen) => setMenuKey(isOpen ? row.key : null),
          })
        }
      </VirtualRows>
    </div>
  );
}

/** Files of the computer that are dragged over the tree: the folder that they would go to, and what happens when they are let go. */
function useDrop(onFiles: ReturnType<typeof useFileActions>['upload'] | undefined) {
  const [folder, setFolder] = useState<string | null>(null);
  const folderAt = ({ target }: DragEvent) => {
    const row = target instanceof Element ? target.closest<HTMLElement>('[data-folder]') : null;
    return row?.dataset.folder ?? HOME_PATH;
  };
  if (onFiles === undefined) return { folder: null, listeners: {} };
  const listeners = {
    onDragOver: (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setFolder(folderAt(event));
    },
    onDragLeave: (event: DragEvent) => {
      const { relatedTarget } = event;
      if (!(relatedTarget instanceof Node && event.currentTarget.contains(relatedTarget))) setFolder(null);
    },
    onDrop: async (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      setFolder(null);
      const target = folderAt(event);
      await onFiles(target, await droppedFiles(event.dataTransfer));
    },
  };
  return { folder, listeners };
}
