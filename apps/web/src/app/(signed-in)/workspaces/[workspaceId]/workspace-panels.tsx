'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { Files, GitBranch, Globe, History, Search } from 'lucide-react';
import { useState } from 'react';
import { useCreateCheckpoint } from '#features/checkpoints/api/checkpoints-query.ts';
import { CheckpointsView } from '#features/checkpoints/components/checkpoints-view.tsx';
import { RestoreDialog } from '#features/checkpoints/components/restore-dialog.tsx';
import { ConversationPanel } from '#features/conversation/components/conversation-panel.tsx';
import { EditorPanel } from '#features/editor/components/editor-panel.tsx';
import { FileTree } from '#features/editor/components/file-tree.tsx';
import { useEditorSession } from '#features/editor/model/editor-session.ts';
import { PortsPanel } from '#features/previews/components/ports-panel.tsx';
import { PreviewPane } from '#features/previews/components/preview-pane.tsx';
import type { OpenPreview } from '#features/previews/model/preview-frame.ts';
import { useOpenedPorts } from '#features/previews/model/use-opened-ports.tsx';
import { RulesDialog } from '#features/rules/components/rules-dialog.tsx';
import { SearchView } from '#features/search/components/search-view.tsx';
import { useSearchSession } from '#features/search/model/search-session.ts';
import { useSession } from '#features/session/components/session-context.tsx';
import { DiffPanel, type OpenDiff } from '#features/source-control/components/diff-panel.tsx';
import { SourceControlPanel } from '#features/source-control/components/source-control-panel.tsx';
import { useLookForTerminals } from '#features/terminal/api/terminals-query.ts';
import { TerminalPanel } from '#features/terminal/components/terminal-panel.tsx';
import { ClosedWorkspace } from '#features/workspaces/components/closed-workspace.tsx';
import { LostWorkspace } from '#features/workspaces/components/lost-workspace.tsx';
import { WorkspaceNotices } from '#features/workspaces/components/workspace-notices.tsx';
import { useDiskNotice } from '#features/workspaces/model/use-disk-notice.ts';
import { hasNotices } from '#features/workspaces/model/workspace-notices.ts';
import { standingOf } from '#features/workspaces/model/workspace-status.ts';
import { may } from '#lib/may.ts';
import { useMediaQuery } from '#lib/use-media-query.ts';
import { useNow } from '#lib/use-now.ts';
import { useShortcut } from '#lib/use-shortcut.ts';
import { useOpenConversation } from './open-conversation.ts';
import type { PanelId } from './panel-tabs.tsx';
import { SideBar, type SideView } from './side-bar.tsx';
import { WIDE, WorkspaceLayout } from './workspace-layout.tsx';
import { WorkspaceQuickOpen } from './workspace-quick-open.tsx';

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
  const [shownPanel, setShownPanel] = useState<PanelId>('agent');
  const [sideView, setSideView] = useState('files');
  const searchSession = useSearchSession(id);
  const [searchRequests, setSearchRequests] = useState(0);
  const [openDiff, setOpenDiff] = useState<OpenDiff>();
  const [openPreview, setOpenPreview] = useState<OpenPreview>();
  const lookForTerminals = useLookForTerminals(id);
  const [undone, setUndone] = useState<{ checkpointId: string; what: 'turn' | 'replacement' }>();
  const [rulesOf, setRulesOf] = useState<string>();
  const user = useSession();
  const createCheckpoint = useCreateCheckpoint(id);
  const openPorts = useOpenedPorts(id, { isRunning });
  const isWide = useMediaQuery(WIDE);
  const disk = useDiskNotice(workspace);
  const now = useNow(LOOK_AT_CLOCK_EVERY_MS);
  useShortcut({ key: 'f', withShift: true }, () => {
    setShownPanel('files');
    setSideView('search');
    setSearchRequests(searchRequests + 1);
  });

  const undoTurn = (checkpointId: string) => setUndone({ checkpointId, what: 'turn' });
  const conversation = (
    <ConversationPanel
      workspaceId={id}
      open={openConversation}
      onOpen={setOpenConversation}
      isReadOnly={!may(relation, 'use the agent')}
      isBlocked={workspace.desired_status === 'deleted'}
      note={isRunning ? undefined : noteFor(workspace)}
      onFilesTouched={() => {
        session.filesMayBeTouched();
        // Of its commands in the background.
        lookForTerminals();
      }}
      isOwner={workspace.owner_id === user.id}
      onRules={setRulesOf}
      onUndoTurn={isRunning && may(relation, 'use checkpoints') ? undoTurn : undefined}
    />
  );
  const closed = isOpen ? undefined : <ClosedWorkspace workspace={workspace} />;
  const words = isRunning ? (
    <WorkspaceNotices workspace={workspace} disk={disk} now={now} />
  ) : (
    <LostWorkspace workspace={workspace} />
  );
  const hasNotice = isOpen && (!isRunning || disk !== undefined || hasNotices(workspace, now));
  const notice = hasNotice ? words : undefined;
  function showEditor() {
    setOpenDiff(undefined);
    // There is room for one of the two.
    if (!isWide) setOpenPreview(undefined);
    setShownPanel('editor');
  }
  const sideViews: SideView[] = [
    {
      id: 'files',
      label: 'Files',
      icon: Files,
      content: <FileTree session={session} isReadOnly={isReadOnly} onOpened={showEditor} />,
    },
    {
      id: 'search',
      label: 'Search',
      icon: Search,
      shortcut: 'Ctrl Shift F',
      content: (
        <SearchView
          session={searchSession}
          focusRequests={searchRequests}
          onOpen={async ({ path, line, column }) => {
            showEditor();
            await session.openFiles.open(path, { line, column });
          }}
          isReadOnly={isReadOnly}
          replacing={{
            workspaceId: id,
            makeCheckpoint: async (label, path) =>
              (await createCheckpoint.mutateAsync({ label, path, includeIgnored: false })).id,
            onReplaced(checkpointId) {
              session.filesTouched();
              return { undo: () => setUndone({ checkpointId, what: 'replacement' }) };
            },
          }}
        />
      ),
    },
    {
      id: 'source-control',
      label: 'Source control',
      icon: GitBranch,
      content: (
        <SourceControlPanel
          workspaceId={id}
          isReadOnly={isReadOnly}
          isShown={isRunning && sideView === 'source-control'}
          openDiff={openDiff}
          onOpenDiff={(diff) => {
            setOpenDiff(diff);
            setShownPanel('editor');
          }}
          onOpenFile={(path) => {
            showEditor();
            session.openFiles.open(path).catch(() => undefined);
          }}
          onFilesTouched={session.filesTouched}
        />
      ),
    },
    {
      id: 'ports',
      label: 'Ports',
      icon: Globe,
      count: openPorts,
      content: (
        <PortsPanel
          workspaceId={id}
          canChange={may(relation, 'change previews')}
          canMakePublic={may(relation, 'make previews public')}
          onOpenBeside={(preview) => {
            setOpenPreview(preview);
            setShownPanel('editor');
          }}
        />
      ),
    },
    {
      id: 'checkpoints',
      label: 'Checkpoints',
      icon: History,
      content: (
        <CheckpointsView
          workspaceId={id}
          isReadOnly={!may(relation, 'use checkpoints')}
          onFilesTouched={session.filesTouched}
        />
      ),
    },
  ];
  const panels = {
    conversation,
    closed,
    notice,
    side: <SideBar views={sideViews} activeId={sideView} onSelect={setSideView} />,
    editor: (
      <div className="relative h-full min-w-0">
        <EditorPanel session={session} isReadOnly={isReadOnly} />
        {openDiff !== undefined && (
          <div className="absolute inset-0">
            <DiffPanel diff={openDiff} isReadOnly={isReadOnly} onClose={() => setOpenDiff(undefined)} />
          </div>
        )}
      </div>
    ),
    preview:
      openPreview === undefined || !isRunning ? undefined : (
        <PreviewPane
          key={openPreview.port}
          workspaceId={id}
          preview={openPreview}
          onClose={() => setOpenPreview(undefined)}
        />
      ),
    terminal: (
      <TerminalPanel
        workspaceId={id}
        isReadOnly={!may(relation, 'use terminals')}
        onCommandOutput={session.filesMayBeTouched}
      />
    ),
  };
  return (
    <>
      <WorkspaceLayout {...panels} shown={shownPanel} onShow={setShownPanel} />
      {undone !== undefined && (
        <RestoreDialog
          workspaceId={id}
          checkpointId={undone.checkpointId}
          title={`Undo this ${undone.what}?`}
          when={`before this ${undone.what}`}
          action="Undo"
          onClose={() => setUndone(undefined)}
          onFilesTouched={session.filesTouched}
        />
      )}
      {rulesOf !== undefined && (
        <RulesDialog place={{ scope: 'conversation', id: rulesOf }} onClose={() => setRulesOf(undefined)} />
      )}
      {isRunning && <WorkspaceQuickOpen session={session} onOpened={showEditor} />}
    </>
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
