import type { WaitingWorkspace } from '@podex/contracts/waiting';
import { formatDuration } from '../progress/progress.ts';
import { tableText } from './user-text.ts';

const HEAD = ['NAME', 'ID', 'OWNER', 'SIZE', 'WAITING FOR'];

/** A table, and below it what helps each of them. */
export function waitingText(waiting: readonly WaitingWorkspace[], now: Date): string {
  if (waiting.length === 0) return 'no workspace waits for room';
  const table = tableText([
    HEAD,
    ...waiting.map((one) => [
      one.name,
      one.id,
      one.team?.name ?? one.owner.email,
      one.size,
      formatDuration(now.getTime() - Date.parse(one.waiting_since)),
    ]),
  ]);
  const cures = waiting.flatMap((one) => ['', `${one.name}:`, ...one.cures.map((cure) => `  ${cure}`)]);
  return [table, ...cures].join('\n');
}
