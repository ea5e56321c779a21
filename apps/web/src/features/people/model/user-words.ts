import type { ManagedUser, ManagedUserDetail } from '@podex/contracts/users';
import { countOf, formatAgo } from '#lib/format.ts';

/** "2 workspaces, 1 running · seen 5 min ago" */
export function summaryOf({ workspaces, last_seen_at: lastSeen }: ManagedUser, now: number): string {
  const total = countOf(workspaces.total, 'workspace');
  const running = workspaces.running === 0 ? total : `${total}, ${workspaces.running} running`;
  return `${running} · ${lastSeen === null ? 'never seen' : `seen ${formatAgo(lastSeen, now)}`}`;
}

/** What ends with a user, as a list of plain sentences. */
export function deletionEffects(user: ManagedUserDetail, isTransfer: boolean): string[] {
  const { total } = user.workspaces;
  const workspaces = countOf(total, 'workspace');
  return [
    ...(total === 0
      ? []
      : [
          isTransfer
            ? `${workspaces} will be stopped and moved.`
            : `${workspaces} and their files will be deleted.`,
        ]),
    ...(user.active_turns === 0 ? [] : [`${countOf(user.active_turns, 'running turn')} will be cancelled.`]),
    `${countOf(user.sessions, 'session')} and ${countOf(user.tokens, 'token')} will end.`,
  ];
}
