import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { Selectable } from 'kysely';
import type { Workspace } from '../../database/generated/rows.ts';

/** An interruption counts with the one before when it comes within this time after it. */
const SOON_MS = 600_000;
/** The one at which a workspace is not started again. */
const MAX_INTERRUPTIONS = 6;
const FIRST_PAUSE_MS = 2_000;

type Cause = NonNullable<Selectable<Workspace>['interruption_cause']>;
type Counted = Pick<Selectable<Workspace>, 'interruptions' | 'interrupted_at'>;

/** Counts one more: the first is repaired at once, each that soon follows after a longer pause, and the last is told at once. */
export function nextInterruption(row: Counted, now: Date): { count: number; pauseMs: number } {
  const isSoon = row.interrupted_at !== null && now.getTime() - row.interrupted_at.getTime() < SOON_MS;
  const count = isSoon ? row.interruptions + 1 : 1;
  const isAtOnce = count === 1 || count >= MAX_INTERRUPTIONS;
  const pauseMs = isAtOnce ? 0 : FIRST_PAUSE_MS * 2 ** (count - 2);
  return { count, pauseMs };
}

/** What its owner reads while it is started again. */
export function reasonOnTheWay(cause: Cause, at: Date): string {
  return `${whatHappened(cause, at)} and is being restarted. Files are kept.`;
}

/** What compute is told of an interruption that is not over. */
export function taskInterruption(row: Selectable<Workspace>): WorkspaceTask['interruption'] {
  const { interruption_cause: cause, interrupted_at: at, interruptions: count } = row;
  if (cause === null || at === null) return null;
  const givesUp = count >= MAX_INTERRUPTIONS;
  const hung =
    row.hung_container_id === null || row.hung_started_at === null
      ? null
      : { container_id: row.hung_container_id, started_at: row.hung_started_at };
  return {
    reason: givesUp ? reasonToGiveUp(count, at) : reasonAfterwards(cause, at),
    gives_up: givesUp,
    hung,
  };
}

function reasonAfterwards(cause: Cause, at: Date): string {
  return `${whatHappened(cause, at)} and was restarted. Terminals and commands that ran were lost; files are kept.`;
}

function reasonToGiveUp(count: number, at: Date): string {
  return `The workspace’s daemon ended or stopped responding ${count} times, each soon after the one before, at last at ${clock(at)}. It is not restarted any more; files are kept. Something that runs in the workspace probably ends it, or needs a larger size. Start the workspace again, and look at what starts in it.`;
}

function whatHappened(cause: Cause, at: Date): string {
  const what = cause === 'hung' ? 'stopped responding' : 'ended unexpectedly';
  return `The workspace’s daemon ${what} at ${clock(at)}`;
}

function clock(at: Date): string {
  return `${at.toISOString().slice(11, 16)} UTC`;
}
