import type { MoveStatus, WorkspaceMove } from '@podex/contracts/moves';
import type { ViewedMoveRow } from './move-store.ts';

export function presentMove(row: ViewedMoveRow): WorkspaceMove {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    workspace_name: row.workspace_name,
    from_server: row.from_server,
    to_server: row.to_server,
    status: shownStatus(row),
    reason: row.reason,
    bytes_done: row.bytes_done,
    bytes_total: row.bytes_total,
    files_total: row.files_total,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

function shownStatus({ status, is_at_rest: isAtRest }: ViewedMoveRow): MoveStatus {
  return status === 'queued' && !isAtRest ? 'waiting' : status;
}

/** For the owner of a workspace on its way; the count of bytes is known once the copy has begun. */
export function movingReason(serverName: string | undefined, done: number, total: number | null): string {
  const to = serverName === undefined ? 'another server' : serverName;
  if (total === null) return `Moving to ${to}. It can be used again when that has ended.`;
  // All of it is there before it was checked: 100 % is for what has ended.
  const percent = total === 0 ? 99 : Math.min(99, Math.floor((done / total) * 100));
  return `Moving to ${to} (${percent} %). It can be used again when that has ended.`;
}
