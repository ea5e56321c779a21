import type { ManagedUser, ManagedUserDetail } from '@podex/contracts/users';

/** Columns as wide as what stands in them. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const HEAD = ['EMAIL', 'NAME', 'ROLE', 'STATUS', 'WORKSPACES', 'LAST SEEN'];

export function usersText(users: readonly ManagedUser[]): string {
  if (users.length === 0) return 'no users';
  return tableText([
    HEAD,
    ...users.map((user) => [
      user.email,
      user.name,
      user.role,
      user.status,
      workspacesText(user),
      user.last_seen_at ?? 'never',
    ]),
  ]);
}

export function userText(user: ManagedUserDetail): string {
  const by = user.suspended_by === null ? '' : ` by ${user.suspended_by}`;
  return tableText([
    ['id', user.id],
    ['email', user.email],
    ['name', user.name],
    ['role', user.role],
    ['status', user.suspended_at === null ? user.status : `suspended since ${user.suspended_at}${by}`],
    ['created', user.created_at],
    ['last seen', user.last_seen_at ?? 'never'],
    ['workspaces', workspacesText(user)],
    ['active turns', String(user.active_turns)],
    ['sessions', String(user.sessions)],
    ['tokens', String(user.tokens)],
  ]);
}

function workspacesText({ workspaces: { total, running } }: ManagedUser): string {
  return running === 0 ? String(total) : `${total} (${running} running)`;
}

/** What is asked before it is done. `heir`: email of who gets the workspaces. */
export function deletionText(user: ManagedUserDetail, heir: string | undefined): string {
  const { total } = user.workspaces;
  const things = count(total, 'workspace');
  const workspaces =
    heir === undefined
      ? `${things} and everything in them will be deleted.`
      : `${things} will be stopped and moved to ${heir}.`;
  return [
    `Delete ${user.email} (${user.name})?`,
    ...(total === 0 ? [] : [workspaces]),
    ...(user.active_turns === 0 ? [] : [`${count(user.active_turns, 'running turn')} will be cancelled.`]),
    `${count(user.sessions, 'session')} and ${count(user.tokens, 'token')} will end.`,
    "This can't be undone.",
  ].join('\n');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
