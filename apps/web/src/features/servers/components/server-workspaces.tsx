'use client';

import type { ServerWorkspace, WorkspaceMove } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { serverMovesQuery, serverWorkspacesQuery, useCancelMove } from '../api/server-moves.ts';
import { serversQuery } from '../api/servers-query.ts';
import { canCancel, isUnderWay, latestMoves, moveText } from '../model/move-words.ts';
import { MoveWorkspaceDialog } from './move-workspace-dialog.tsx';
import { WorkspaceStanding } from './workspace-standing.tsx';

/** Whose files are on the server, and where they are going. */
export function ServerWorkspaces({ server }: { server: Server }) {
  const { data: moves = [] } = useQuery(serverMovesQuery(server.id));
  const workspaces = useQuery(serverWorkspacesQuery(server.id, { isFollowed: moves.some(isUnderWay) }));
  const latest = latestMoves(moves);
  const now = useNow(30_000);
  return (
    <Section title="Workspaces" description="All whose files are on this server." isFlush>
      <LoadedRows
        query={workspaces}
        what="its workspaces"
        label="Workspaces"
        empty={<p className="p-4 text-ink-2">None.</p>}
      >
        {(workspace) => (
          <WorkspaceRow
            key={workspace.id}
            workspace={workspace}
            move={latest.get(workspace.id)}
            serverId={server.id}
            now={now}
          />
        )}
      </LoadedRows>
    </Section>
  );
}

interface WorkspaceRowProps {
  workspace: ServerWorkspace;
  /** The last one, from or to this server. */
  move: WorkspaceMove | undefined;
  serverId: string;
  now: number;
}

function WorkspaceRow({ workspace, move, serverId, now }: WorkspaceRowProps) {
  const { name, owner, last_active_at: lastActive } = workspace;
  const isMoving = move !== undefined && isUnderWay(move);
  return (
    <Row
      title={name}
      badge={<WorkspaceStanding workspace={workspace} />}
      detail={
        <>
          {`${owner.email} · active ${formatAgo(lastActive, now)}`}
          {move !== undefined && <MoveLine move={move} serverId={serverId} />}
        </>
      }
    >
      {isMoving && canCancel(move) && <CancelMove move={move} />}
      {!isMoving && workspace.desired_status !== 'deleted' && (
        <MoveButton workspace={workspace} serverId={serverId} />
      )}
    </Row>
  );
}

function MoveLine({ move, serverId }: { move: WorkspaceMove; serverId: string }) {
  const { data: servers = [] } = useQuery(serversQuery());
  const text = moveText(move, serverId, (id) => servers.find((server) => server.id === id)?.name);
  if (text === undefined) return null;
  return (
    <span className={`block tabular-nums ${move.status === 'failed' ? 'text-danger' : 'text-ink'}`}>
      {text}
    </span>
  );
}

function CancelMove({ move }: { move: WorkspaceMove }) {
  const { workspace_id: id, workspace_name: name } = move;
  const cancel = useCancelMove(id);
  return (
    <Button
      size="sm"
      aria-label={`Cancel the move of ${name}`}
      isBusy={cancel.isPending}
      onClick={() =>
        cancel.mutate(undefined, {
          onError: (error) =>
            toast.error(`Could not cancel the move of ${name}`, { description: messageOf(error) }),
        })
      }
    >
      Cancel move
    </Button>
  );
}

function MoveButton({ workspace, serverId }: { workspace: ServerWorkspace; serverId: string }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button size="sm" aria-label={`Move ${workspace.name}`} onClick={() => setAsking(true)}>
        Move…
      </Button>
      <MoveWorkspaceDialog
        workspace={workspace}
        serverId={serverId}
        isOpen={isAsking}
        onOpenChange={setAsking}
      />
    </>
  );
}
