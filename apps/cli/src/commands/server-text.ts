import type { capacity, Server, ServerCheck } from '@podex/contracts/servers';
import { countOf } from '@podex/contracts/text';
import type { z } from 'zod';
import { tableText } from './user-text.ts';

const HEAD = ['NAME', 'STATUS', 'ADDRESS', 'WORKSPACES', 'CPU', 'MEMORY', 'DISK', 'REGION', 'LABELS'];
const MB_PER_GB = 1024;

export function serversText(servers: readonly Server[]): string {
  if (servers.length === 0) return 'no servers';
  return tableText([
    HEAD,
    ...servers.map((one) => [
      one.name,
      one.status,
      addressText(one),
      String(one.workspaces),
      ...roomOf(one),
      one.region ?? '-',
      labelsText(one) || '-',
    ]),
  ]);
}

/** Everything that is known of one, its checks below. */
export function serverText(one: Server): string {
  const [cpu = '', memory = '', disk = ''] = roomOf(one);
  const { facts } = one;
  const about = [
    ['id', one.id],
    ['name', one.name],
    ['status', one.status],
    ...(one.reason === null ? [] : [['reason', one.reason]]),
    ['address', addressText(one)],
    ['workspaces', String(one.workspaces)],
    ['CPU', cpu],
    ['memory', memory],
    ['disk', disk],
    ['region', one.region ?? '-'],
    ['labels', labelsText(one) || '-'],
    ...(facts === null
      ? []
      : [
          ['engine', `Docker ${facts.engine_version}, ${facts.operating_system}, ${facts.architecture}`],
          ['quota', facts.quota],
          ...(facts.live_restore === undefined ? [] : [['live-restore', facts.live_restore ? 'on' : 'off']]),
          ...(facts.server_certificate_expires_at === undefined
            ? []
            : [['certificate', `until ${facts.server_certificate_expires_at.slice(0, 10)}`]]),
        ]),
    ['last seen', one.last_seen_at ?? 'never'],
  ];
  if (one.checks.length === 0) return `${tableText(about)}\n\nnot checked yet`;
  return [tableText(about), '', ...one.checks.map(checkText)].join('\n');
}

/** One line: how it ended, what it was, and cause and cure where that matters. */
export function checkText({ name, ok, warning, detail }: ServerCheck): string {
  const mark = ok ? (warning ? 'warning' : 'ok') : 'FAILED';
  return `${mark.padEnd(7)}  ${name.padEnd(NAME_WIDTH)}  ${detail}`;
}

/** Of `client_certificate`. */
const NAME_WIDTH = 18;

export function capacityText(sums: z.infer<typeof capacity>, servers: readonly Server[]): string {
  const rows = servers.map((one) => [one.name, one.status, String(one.workspaces), ...roomOf(one)]);
  const total = [
    'all',
    `${sums.ready_servers} of ${sums.servers} ready`,
    String(sums.workspaces),
    `${sums.reserved_cpu} of ${sums.total_cpu}`,
    `${gb(sums.reserved_memory_mb)} of ${gb(sums.total_memory_mb)} GB`,
    `${sums.total_disk_gb} GB`,
  ];
  return [
    tableText([['NAME', 'STATUS', 'WORKSPACES', 'CPU', 'MEMORY', 'DISK'], ...rows, total]),
    `${sums.running_workspaces} of at most ${sums.max_workspaces} workspaces are running`,
    ...(sums.waiting_workspaces === 0
      ? []
      : [
          `${countOf(sums.waiting_workspaces, 'workspace')} waiting for room: podex workspaces list --waiting`,
        ]),
  ].join('\n');
}

function roomOf(one: Server): [string, string, string] {
  return [
    `${one.reserved_cpu} of ${one.usable_cpu}`,
    `${gb(one.reserved_memory_mb)} of ${gb(one.usable_memory_mb)} GB`,
    `${one.usable_disk_gb} GB`,
  ];
}

function gb(megabytes: number): number {
  return Math.round((megabytes * 10) / MB_PER_GB) / 10;
}

function addressText({ hostname, docker_port: port, tls_ca_path: ca }: Server): string {
  return ca === null ? 'beside compute' : `${hostname}:${port}`;
}

function labelsText({ labels }: Server): string {
  return Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
