import type { DrainProgress } from '@podex/contracts/drains';
import type { MoveStatus, ServerWorkspace, WorkspaceMove } from '@podex/contracts/moves';
import { countOf } from '@podex/contracts/text';
import { tableText } from './user-text.ts';

const MB = 1_000_000;
const ENDS: ReadonlySet<MoveStatus> = new Set(['done', 'failed', 'cancelled']);

/** One line, such as `3 moved, 2 left: 1 moving, 1 waiting for it to stop`. */
export function drainText({ moved, left, moving, waiting, failed, cleaning }: DrainProgress): string {
  const parts = [
    ...(moving > 0 ? [`${moving} moving`] : []),
    ...(waiting > 0 ? [`${waiting} waiting to stop`] : []),
    ...(failed > 0 ? [`${failed} could not be moved`] : []),
  ];
  const cleaned = cleaning > 0 ? `, ${countOf(cleaning, 'old copy', 'old copies')} being removed` : '';
  return `${moved} moved, ${left} left${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${cleaned}`;
}

export function moveText(move: WorkspaceMove): string {
  const { status, reason, bytes_done: done, bytes_total: total } = move;
  const isCopying = status === 'copying' || status === 'verifying';
  const percent = total === null || total === 0 ? 0 : Math.min(99, Math.floor((done / total) * 100));
  const amount = isCopying && total !== null ? ` ${percent} % of ${Math.ceil(total / MB)} MB` : '';
  return `${status}${amount}${reason === null ? '' : `: ${reason}`}`;
}

export function hasEnded(move: WorkspaceMove): boolean {
  return ENDS.has(move.status);
}

/** What is lost with a server. */
export function lostText(name: string, workspaces: readonly ServerWorkspace[]): string {
  if (workspaces.length === 0) return `No workspace has files on ${name}.`;
  const rows = workspaces.map((one) => [one.name, one.owner.email, one.status, one.last_active_at, one.id]);
  return [
    `The files of ${countOf(workspaces.length, 'workspace')} are on ${name} and will be given up:`,
    '',
    tableText([['WORKSPACE', 'OWNER', 'STATUS', 'LAST ACTIVE', 'ID'], ...rows]),
  ].join('\n');
}
