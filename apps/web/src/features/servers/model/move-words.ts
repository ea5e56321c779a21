import { assertNever } from '@podex/contracts/errors';
import type { ActiveChoice, MoveStatus, ServerWorkspace, WorkspaceMove } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';

const ENDS: ReadonlySet<MoveStatus> = new Set(['done', 'failed', 'cancelled']);

export const ACTIVE_CHOICES: readonly { value: ActiveChoice; label: string }[] = [
  { value: 'wait', label: 'Wait until they stop' },
  { value: 'stop', label: 'Stop them, and start them again there' },
];

export const ACTIVE_CHOICES_FOR_ONE: typeof ACTIVE_CHOICES = [
  { value: 'wait', label: 'Wait until it stops' },
  { value: 'stop', label: 'Stop it, and start it again there' },
];

/** What a move does to a workspace, wherever one is asked for. */
export const KEPT_AND_LOST =
  'Files are kept. Packages installed in the system, and what is running, stay behind.';

export function isUnderWay({ status }: Pick<WorkspaceMove, 'status'>): boolean {
  return !ENDS.has(status);
}

/** Until the copy is what counts. */
export function canCancel(move: Pick<WorkspaceMove, 'status'>): boolean {
  return isUnderWay(move) && move.status !== 'cleaning';
}

/** The last one of each workspace. `moves` are the newest first. */
export function latestMoves(moves: readonly WorkspaceMove[]): ReadonlyMap<string, WorkspaceMove> {
  return new Map([...moves].reverse().map((move) => [move.workspace_id, move]));
}

/** Where a workspace of the server can be sent. */
export function targetsOf(servers: readonly Server[], from: string): Server[] {
  return servers.filter(({ id, status }) => id !== from && status === 'ready');
}

/** It runs, or is about to: a move has to wait for it, or stop it. */
export function isActive({ status, desired_status: desired }: ServerWorkspace): boolean {
  return desired === 'running' || (status !== 'stopped' && status !== 'failed');
}

/** How the move of a workspace on `serverId` is; undefined when there is nothing to say of it any more. */
export function moveText(
  move: WorkspaceMove,
  serverId: string,
  nameOf: (id: string) => string | undefined,
): string | undefined {
  const to = (move.to_server === null ? undefined : nameOf(move.to_server)) ?? 'another server';
  const because = move.reason === null ? '' : `: ${move.reason}`;
  switch (move.status) {
    case 'queued':
      return move.reason === null ? `About to move to ${to}` : notYet(move.reason);
    case 'waiting':
      return `Moves to ${to} once it has stopped`;
    case 'copying':
      // Between two tries: why the last one did not work.
      return move.reason === null ? `Moving to ${to}${percentOf(move)}` : notYet(move.reason);
    case 'verifying':
      return `Moving to ${to}, checking the copy`;
    case 'switching':
      return `Moving to ${to}, almost done`;
    case 'cleaning':
      return move.from_server === serverId
        ? `Not moved${because}`
        : 'Moved here, the old copy is being removed';
    case 'failed':
      return move.from_server === serverId ? `Could not be moved${because}` : undefined;
    case 'done':
    case 'cancelled':
      return undefined;
    default:
      return assertNever(move.status);
  }
}

function notYet(reason: string): string {
  return `Not moved yet, tried again by itself: ${reason}`;
}

/** Empty until the bytes are counted. 100 % is for what has ended. */
function percentOf({ bytes_done: done, bytes_total: total }: WorkspaceMove): string {
  if (total === null) return '';
  const percent = total === 0 ? 99 : Math.min(99, Math.floor((done / total) * 100));
  return ` (${percent} %)`;
}
