import type { Server } from '@podex/contracts/servers';
import Link from 'next/link';
import { Badge } from '#components/badge.tsx';
import { countOf, formatAgo, formatMegabytes } from '#lib/format.ts';
import { labelPairs } from '#lib/labels.ts';
import { paths } from '#lib/paths.ts';
import { ServerStatus } from './server-status.tsx';

/** A server in the list; its name leads to its page. */
export function ServerRow({ server, now }: { server: Server; now: number }) {
  const room = [
    countOf(server.workspaces, 'workspace'),
    `${server.reserved_cpu} of ${server.usable_cpu} CPU`,
    `${formatMegabytes(server.reserved_memory_mb)} of ${formatMegabytes(server.usable_memory_mb)}`,
    `${server.usable_disk_gb} GB disk`,
  ];
  return (
    <li className="relative flex flex-col gap-1.5 px-4 py-3 hover:bg-hover" data-testid="server-row">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-medium">
          <Link href={paths.server(server.id)} className="after:absolute after:inset-0">
            {server.name}
          </Link>
        </h2>
        <ServerStatus status={server.status} />
        {server.region !== null && <Badge>{server.region}</Badge>}
        <span className="ml-auto text-ink-2 text-xs">
          {server.last_seen_at === null ? 'never seen' : `seen ${formatAgo(server.last_seen_at, now)}`}
        </span>
      </div>
      <p className="wrap-anywhere text-ink-2 text-xs tabular-nums">
        {[
          server.tls_ca_path === null ? 'beside compute' : `${server.hostname}:${server.docker_port}`,
          ...room,
          ...labelPairs(server.labels),
        ].join(' · ')}
      </p>
      {server.reason !== null && <p className="break-words text-xs">{server.reason}</p>}
    </li>
  );
}
