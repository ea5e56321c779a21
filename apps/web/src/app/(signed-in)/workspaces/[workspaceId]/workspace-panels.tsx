'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { useState } from 'react';
import { ConversationPanel } from '#features/conversation/components/conversation-panel.tsx';
import { EditorPanel } from '#features/editor/components/editor-panel.tsx';
import { FileTree } from '#features/editor/components/file-tree.tsx';
import { useEditorSession } from '#features/editor/model/editor-session.ts';
import { TerminalPanel } from '#features/terminal/components/terminal-panel.tsx';
import { ClosedWorkspace } from '#features/workspaces/components/closed-workspace.tsx';
import { LostWorkspace } from '#features/workspaces/components/lost-workspace.tsx';
import { WorkspaceNotices } from '#features/workspaces/components/workspace-notices.tsx';
import { hasNotices } from '#features/workspaces/model/workspace-notices.ts';
import { standingOf } from '#features/workspaces/model/workspace-status.ts';
import { may } from '#lib/may.ts';
import { useMediaQuery } from '#lib/use-media-query.ts';
import { useNow } from '#lib/use-now.ts';
import { DesktopLayout } from './desktop-layout.tsx';
import { MobileLayout, type MobileTab } from './mobile-layout.tsx';
import { useOpenConversation } from './open-conversation.ts';

/** For the notice before an idle stop. */
const LOOK_AT_CLOCK_EVERY_MS = 5_000;

interface WorkspacePanelsProps {
  workspace: Workspace;
  /** Files and terminals are shown; else why not. */
  isOpen: boolean;
  isRunning: boolean;
}

/** Joins the features of the screen: here the terminal and the agent tell the editor that files may have changed. */
export function WorkspacePanels({ workspace, isOpen, isRunning }: WorkspacePanelsProps) {
  const { id, relation } = workspace;
  const isReadOnly = !may(relation, 'edit files');
  const session = useEditorSession(id, { canRead: isRunning });
  const [openConversation, setOpenConversation] = useOpenConversation();
  const [mobileTab, setMobileTab] = useState<MobileTab>('agent');
  const now = useNow(LOOK_AT_CLOCK_EVERY_MS);
  const isWide = useMediaQuery('(min-width: 900px)');

  const conversation = (
    <ConversationPanel
      workspaceId={id}
      open={openConversation}
      onOpen={setOpenConversation}
      isReadOnly={!may(relation, 'use the agent')}
      isBlocked={workspace.desired_status === 'deleted'}
      note={isRunning ? undefined : noteFor(workspace)}
      onFilesTouched={session.filesTouched}
    />
  );
  const closed = isOpen ? undefined : <ClosedWorkspace workspace={workspace} />;
  const words = isRunning ? (
    <WorkspaceNotices workspace={workspace} now={now} />
  ) : (
    <LostWorkspace workspace={workspace} />
  );
  const hasNotice = isOpen && (!isRunning || hasNotices(workspace, now));
  const notice = hasNotice ? words : undefined;
  const panels = {
    conversation,
    closed,
    notice,
    files: <FileTree session={session} isReadOnly={isReadOnly} onOpened={() => setMobileTab('editor')} />,
    editor: <EditorPanel session={session} isReadOnly={isReadOnly} />,
    terminal: (
      <TerminalPanel
        workspaceId={id}
        isReadOnly={!may(relation, 'use terminals')}
        onCommandOutput={session.filesTouched}
      />
    ),
  };
  return isWide ? (
    <DesktopLayout {...panels} />
  ) : (
    <MobileLayout {...panels} tab={mobileTab} onTab={setMobileTab} />
  );
}

/** A message to the agent starts a stopped workspace by itself. */
function noteFor(workspace: Workspace): string {
  const { isBusy, canStart, label } = standingOf(workspace);
  if (isBusy) return `The workspace is ${label.toLowerCase()}.`;
  return canStart
    ? 'Sending a message starts the workspace.'
    : 'The agent continues once the server is reachable again.';
}
