import type { RebuildPreview, Workspace } from '@podex/contracts/workspaces';
import { formatDuration } from '../progress/progress.ts';
import { tableText } from './user-text.ts';

const UPDATES = {
  at_next_start: 'its daemon is updated at the next start',
  needs_rebuild: 'its daemon is older: podex workspaces rebuild updates it',
} as const;
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

/** `disk`: rows that are known only while it runs. */
export function workspaceText(one: Workspace, now: Date, disk: string[][] = []): string {
  return tableText([
    ['name', one.name],
    ['id', one.id],
    ['status', one.status],
    ...(one.reason === null ? [] : [['reason', one.reason]]),
    ['size', one.size],
    ...disk,
    ['image', one.image],
    ...(one.region === null
      ? []
      : [['region', one.region_match === 'preferred' ? `${one.region}, or elsewhere` : one.region]]),
    ...(Object.keys(one.labels).length === 0 ? [] : [['labels', labelsText(one.labels)]]),
    ...(one.git_url === null ? [] : [['repository', one.git_url]]),
    ...(one.setup === null ? [] : [[one.setup.step, one.setup.reason ?? one.setup.status]]),
    ...(one.daemon_update === null ? [] : [['update', UPDATES[one.daemon_update]]]),
    ['network', one.network_mode.replace('_', '-')],
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

function labelsText(labels: Workspace['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

function stopsText({ stops_at: stopsAt, status }: Workspace, now: Date): string {
  if (stopsAt === null) return status === 'running' ? 'never' : '-';
  return `in ${formatDuration(Math.max(0, Date.parse(stopsAt) - now.getTime()))}`;
}

function idleText(seconds: number | null): string {
  if (seconds === null) return 'as the platform says';
  return seconds === 0 ? 'never' : `after ${formatDuration(seconds * 1000)}`;
}
