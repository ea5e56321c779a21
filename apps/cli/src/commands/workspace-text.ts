import type { RebuildPreview, Workspace } from '@podex/contracts/workspaces';
import { formatDuration } from '../progress/progress.ts';
import { tableText } from './user-text.ts';

const HEAD = ['NAME', 'ID', 'STATUS', 'SIZE', 'LAST USED', 'STOPS'];

export function workspacesText(workspaces: readonly Workspace[], now: Date): string {
  if (workspaces.length === 0) return 'no workspaces; make one: podex workspaces create <name>';
  return tableText([
    HEAD,
    ...workspaces.map((one) => [
      one.name,
      one.id,
      one.status,
      one.size,
      `${formatDuration(now.getTime() - Date.parse(one.last_active_at))} ago`,
      stopsText(one, now),
    ]),
  ]);
}

export function workspaceText(one: Workspace, now: Date): string {
  return tableText([
    ['name', one.name],
    ['id', one.id],
    ['status', one.status],
    ...(one.reason === null ? [] : [['reason', one.reason]]),
    ['size', one.size],
    ['image', one.image],
    ...(one.git_url === null ? [] : [['repository', one.git_url]]),
    ...(one.setup === null ? [] : [[one.setup.step, one.setup.reason ?? one.setup.status]]),
    ['you are', one.relation],
    ['created', one.created_at],
    ['last used', one.last_active_at],
    ['stops', stopsText(one, now)],
    ['stop when idle', idleText(one.idle_timeout_seconds)],
    ['start on use', one.auto_start ? 'yes' : 'no'],
  ]);
}

export function rebuildText(name: string, { kept, lost, changes }: RebuildPreview): string {
  const list = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  return [
    `${name} gets a new container.`,
    'Kept:',
    ...list(kept),
    'Lost:',
    ...list(lost),
    ...(changes.length === 0
      ? []
      : ['Takes effect:', ...list(changes.map(({ what, from, to }) => `${what}: ${from} → ${to}`))]),
  ].join('\n');
}

function stopsText({ stops_at: stopsAt, status }: Workspace, now: Date): string {
  if (stopsAt === null) return status === 'running' ? 'never' : '-';
  return `in ${formatDuration(Math.max(0, Date.parse(stopsAt) - now.getTime()))}`;
}

function idleText(seconds: number | null): string {
  if (seconds === null) return 'as the platform says';
  return seconds === 0 ? 'never' : `after ${formatDuration(seconds * 1000)}`;
}
