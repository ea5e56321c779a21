import type { DrainProgress } from '@podex/contracts/drains';
import type { DrainServerInput } from '@podex/contracts/moves';
import type { Server } from '@podex/contracts/servers';
import { countOf } from '#lib/format.ts';
import { KEPT_AND_LOST } from './move-words.ts';

/** What happens when it is drained like this. */
export function drainSentence({ move, active }: DrainServerInput): string {
  if (!move) return 'It gets no new workspaces. Those on it stay, and what runs there goes on.';
  const running =
    active === 'wait'
      ? 'those that run follow once they have stopped'
      : 'those that run are stopped, moved and started again';
  return `It gets no new workspaces. Stopped workspaces are moved now; ${running}. ${KEPT_AND_LOST}`;
}

/** "3 moved, 2 left: 1 moving, 1 waiting to stop". */
export function drainSummary({ moved, left, moving, waiting, failed, cleaning }: DrainProgress): string {
  const parts = [
    ...(moving > 0 ? [`${moving} moving`] : []),
    ...(waiting > 0 ? [`${waiting} waiting to stop`] : []),
    ...(failed > 0 ? [`${failed} could not be moved`] : []),
  ];
  const cleaned = cleaning > 0 ? `, ${countOf(cleaning, 'old copy', 'old copies')} being removed` : '';
  return `${moved} moved, ${left} left${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${cleaned}`;
}

/** What the admin can do next; undefined while Podex is at work. */
export function nextStep({ left, moving, waiting, failed, cleaning }: DrainProgress): string | undefined {
  if (left === 0) return cleaning > 0 ? undefined : 'It is empty and can be removed.';
  if (moving + waiting > 0) return undefined;
  return failed > 0
    ? 'Nothing more is being moved. The reasons are below.'
    : 'Nothing is being moved. What is left stays until you move it.';
}

/** Between 0 and 1. */
export function shareMoved({ moved, left }: DrainProgress): number {
  return moved + left === 0 ? 1 : moved / (moved + left);
}

/** Of moves that end when the server is activated. */
export function hasOpenMoves({ drain }: Pick<Server, 'drain'>): boolean {
  return drain !== null && drain.moving + drain.waiting > 0;
}

/** Something may still change by itself. */
export function isDraining({ drain }: Pick<Server, 'drain'>): boolean {
  return drain !== null && drain.moving + drain.waiting + drain.cleaning > 0;
}

/** It did not respond as it should when it was last seen, also where it was set aside since. */
export function mayBeLost({ status, reason }: Pick<Server, 'status' | 'reason'>): boolean {
  if (status === 'draining' || status === 'maintenance') return reason !== null;
  return status === 'unreachable' || status === 'unfit';
}
