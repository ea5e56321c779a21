'use client';

import { useState } from 'react';
import { type EditorSession, useOpenFiles } from '#features/editor/model/editor-session.ts';
import { QuickOpen } from '#features/search/components/quick-open.tsx';
import { useShortcut } from '#lib/use-shortcut.ts';

interface WorkspaceQuickOpenProps {
  session: EditorSession;
  onOpened: () => void;
}

/** Ctrl or Cmd P: opens a file of the workspace by its name. */
export function WorkspaceQuickOpen({ session, onOpened }: WorkspaceQuickOpenProps) {
  const [isOpen, setOpen] = useState(false);
  const { files } = useOpenFiles(session);
  useShortcut({ key: 'p', isOfTerminals: true }, () => setOpen(true));
  return (
    <QuickOpen
      workspaceId={session.workspaceId}
      isOpen={isOpen}
      onOpenChange={setOpen}
      openPaths={files.map(({ path }) => path)}
      onOpen={async (path) => {
        onOpened();
        await session.openFiles.open(path);
      }}
    />
  );
}
