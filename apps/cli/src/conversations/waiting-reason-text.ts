import type { TurnWaiting } from '@podex/contracts/conversations';
import { shownLine } from './shown-text.ts';

/** What a turn waits for, in one line; `now` tells a time of today from one of another day. */
export function waitingReasonText({ reason, wake_at: wakeAt, message }: TurnWaiting, now: Date): string {
  const cause = message === null ? '' : `: ${shownLine(message)}`;
  const until = wakeAt === null ? '' : `, ${timeText(new Date(wakeAt), now)}`;
  switch (reason) {
    case 'approval':
      return 'Waiting for an approval';
    case 'workspace':
      return `Waiting for the workspace${cause}`;
    default:
      return `Waiting to try again${until}${cause}`;
  }
}

function timeText(at: Date, now: Date): string {
  const time = at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
  return at.toDateString() === now.toDateString() ? `at ${time}` : `on ${at.toDateString()} at ${time}`;
}
