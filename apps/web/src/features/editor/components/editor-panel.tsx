'use client';

import { shownPath } from '@podex/contracts/file-names';
import { FileCode, FileWarning } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useEffect, useEffectEvent, useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { TabStrip } from '#components/tab-strip.tsx';
import { formatBytes } from '#lib/format.ts';
import { type EditorSession, useOpenFiles } from '../model/editor-session.ts';
import type { OpenFile } from '../model/open-files.ts';
import { baseName } from '../model/paths.ts';
import { EditorStatus } from './editor-status.tsx';
import { FileConflict } from './file-conflict.tsx';

const CodePane = dynamic(() => import('./code-pane.tsx').then((module) => module.CodePane), { ssr: false });

interface EditorPanelProps {
  session: EditorSession;
  isReadOnly: boolean;
}

/** The open files as tabs. */
export function EditorPanel({ session, isReadOnly }: EditorPanelProps) {
  const { openFiles } = session;
  const { files, activePath } = useOpenFiles(session);
  const [closing, setClosing] = useState<string | null>(null);
  const active = files.find(({ path }) => path === activePath);
  useSaveShortcut(() => (activePath === null || isReadOnly ? undefined : openFiles.save(activePath)));
  useLeaveGuard(files.some((file) => file.status === 'ready' && file.isDirty));

  function close(path: string) {
    const file = files.find((item) => item.path === path);
    if (file?.status === 'ready' && file.isDirty) setClosing(path);
    else openFiles.close(path);
  }

  return (
    <section aria-label="Editor" data-testid="editor" className="flex h-full min-w-0 flex-col bg-surface">
      {files.length > 0 && (
        <TabStrip
          label="Open files"
          tabs={files.map((file) => ({
            id: file.path,
            label: shownPath(baseName(file.path)),
            title: shownPath(file.path),
            isMarked: file.status === 'ready' && file.isDirty,
          }))}
          activeId={active?.path}
          onSelect={(path) => openFiles.activate(path)}
          onClose={close}
        />
      )}
      {active?.status === 'ready' && (
        <FileConflict file={active} openFiles={openFiles} isReadOnly={isReadOnly} />
      )}
      <div className="relative min-h-0 flex-1">
        <ActiveFile file={active} isReadOnly={isReadOnly} onRetry={(path) => openFiles.open(path)} />
      </div>
      {active?.status === 'ready' && (
        <EditorStatus file={active} isReadOnly={isReadOnly} onSave={() => openFiles.save(active.path)} />
      )}
      <CloseDialog path={closing} session={session} onDone={() => setClosing(null)} />
    </section>
  );
}

interface ActiveFileProps {
  file: OpenFile | undefined;
  isReadOnly: boolean;
  onRetry: (path: string) => void;
}

function ActiveFile({ file, isReadOnly, onRetry }: ActiveFileProps) {
  switch (file?.status) {
    case undefined:
      return (
        <EmptyState icon={<FileCode />} title="No open file">
          Choose a file in the tree. Changes by the agent appear here automatically.
        </EmptyState>
      );
    case 'loading':
      return (
        <div
          role="status"
          aria-label={`Opening ${shownPath(file.path)}`}
          className="flex flex-col gap-2.5 p-4"
        >
          <Skeleton className="h-3.5 w-1/3" />
          <Skeleton className="h-3.5 w-1/2" />
          <Skeleton className="h-3.5 w-2/5" />
        </div>
      );
    case 'ready':
      return <CodePane buffer={file.buffer} isReadOnly={isReadOnly} />;
    case 'binary':
      return (
        <EmptyState icon={<FileWarning />} title="Can't show this file">
          {shownPath(baseName(file.path))} ({formatBytes(file.size)}) isn't UTF-8 text. Use the terminal to
          inspect it.
        </EmptyState>
      );
    case 'too_large':
      return (
        <EmptyState icon={<FileWarning />} title="This file is too large to edit here">
          {shownPath(baseName(file.path))} is {formatBytes(file.size)}. Use the terminal to edit it.
        </EmptyState>
      );
    case 'failed':
      return (
        <ErrorState
          title="Couldn't open this file"
          message={file.message}
          onRetry={() => onRetry(file.path)}
        />
      );
  }
}

interface CloseDialogProps {
  path: string | null;
  session: EditorSession;
  onDone: () => void;
}

function CloseDialog({ path, session: { openFiles }, onDone }: CloseDialogProps) {
  async function saveAndClose(saved: string) {
    await openFiles.save(saved);
    const file = openFiles.getSnapshot().files.find((item) => item.path === saved);
    // A failed save keeps the file open and shows why.
    if (file?.status === 'ready' && !file.isDirty) openFiles.close(saved);
    onDone();
  }
  return (
    <ConfirmDialog
      isOpen={path !== null}
      onOpenChange={onDone}
      title={`Save ${path === null ? '' : baseName(path)} before closing?`}
      description="Your changes will be lost if you don't save them."
      action="Save"
      onConfirm={() => (path === null ? undefined : saveAndClose(path))}
      extraAction={
        <Button
          onClick={() => {
            if (path !== null) openFiles.close(path);
            onDone();
          }}
        >
          Discard
        </Button>
      }
    />
  );
}

/** Ctrl or Cmd S, wherever the focus is: the browser's own dialog would save the page. */
function useSaveShortcut(save: () => void): void {
  const onSave = useEffectEvent(save);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (
        !(event.ctrlKey || event.metaKey) ||
        event.altKey ||
        event.shiftKey ||
        event.key.toLowerCase() !== 's'
      )
        return;
      event.preventDefault();
      onSave();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Asks before the page is left with unsaved text. */
function useLeaveGuard(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return undefined;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', onLeave);
    return () => window.removeEventListener('beforeunload', onLeave);
  }, [isDirty]);
}
