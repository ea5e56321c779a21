'use client';

import type { Server, ServerCheck } from '@podex/contracts/servers';
import { Check, Ellipsis, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { ConfirmDialog } from '#components/confirm-dialog.tsx';
import { IconButton } from '#components/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '#components/menu.tsx';
import { Notice } from '#components/notice.tsx';
import { toast } from '#components/toaster.tsx';
import { messageOf } from '#lib/api-client.ts';
import { countOf, formatAgo, formatMegabytes } from '#lib/format.ts';
import { type ServerAction, useServerAction } from '../api/change-server.ts';
import { ServerStatus } from './server-status.tsx';

const CHECK_NAMES: Record<ServerCheck['name'], string> = {
  engine: 'Docker Engine',
  runtime: 'gVisor',
  image: 'Image',
  storage: 'Storage',
  clock: 'Clock',
  egress_rules: 'Network wall',
  egress_metadata: 'No metadata',
  egress_host: 'No server',
  egress_engine: 'No engine',
  egress_neighbours: 'No neighbours',
  egress_private: 'No private',
  egress_ipv6: 'No IPv6',
  resolver: 'Names',
  internet: 'Internet',
};

export function ServerCard({ server, now }: { server: Server; now: number }) {
  const action = useServerAction(server.id);
  const run = (name: ServerAction) =>
    action.mutate(name, {
      onError: (error) => toast.error(`Could not ${name} ${server.name}`, { description: messageOf(error) }),
    });
  return (
    <li className="flex flex-col gap-3 p-4" data-testid="server-row">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 className="font-medium text-sm">{server.name}</h2>
        <ServerStatus status={server.status} />
        {server.tls_ca_path === null ? (
          <span className="text-ink-3 text-xs">the engine beside compute</span>
        ) : (
          <span className="wrap-anywhere font-mono text-ink-3 text-xs">
            {server.hostname}:{server.docker_port}
          </span>
        )}
        <div className="ml-auto flex items-center gap-2">
          <span className="text-ink-3 text-xs">
            {server.last_seen_at === null ? 'never seen' : `seen ${formatAgo(server.last_seen_at, now)}`}
          </span>
          <Button
            size="sm"
            isBusy={action.isPending && action.variables === 'check'}
            disabled={action.isPending}
            onClick={() => run('check')}
          >
            Check now
          </Button>
          <ServerMenu server={server} isBusy={action.isPending} onAction={run} />
        </div>
      </div>
      {server.reason !== null && server.status !== 'ready' && (
        <Notice tone={server.status === 'draining' || server.status === 'maintenance' ? 'warning' : 'danger'}>
          {server.reason}
        </Notice>
      )}
      <ServerRoom server={server} />
      {server.checks.length > 0 && <ServerChecks checks={server.checks} />}
    </li>
  );
}

function ServerRoom({ server }: { server: Server }) {
  const parts = [
    countOf(server.workspaces, 'workspace'),
    `${server.reserved_cpu} of ${server.total_cpu} CPU`,
    `${formatMegabytes(server.reserved_memory_mb)} of ${formatMegabytes(server.total_memory_mb)}`,
    `${server.total_disk_gb} GB disk`,
    ...(server.facts === null
      ? []
      : [
          server.facts.operating_system,
          `Docker ${server.facts.engine_version}`,
          `quotas: ${server.facts.quota}`,
        ]),
  ];
  return <p className="text-ink-2 text-xs tabular-nums">{parts.join(' · ')}</p>;
}

function ServerChecks({ checks }: { checks: readonly ServerCheck[] }) {
  return (
    <ul className="flex flex-col gap-1" aria-label="Checks">
      {checks.map((check) => (
        <li key={check.name} className="flex items-start gap-2 text-xs">
          {check.ok ? (
            <Check aria-label="passed" className="mt-0.5 size-3.5 shrink-0 text-success" />
          ) : (
            <X aria-label="failed" className="mt-0.5 size-3.5 shrink-0 text-danger" />
          )}
          <span className="w-24 shrink-0 text-ink-2">{CHECK_NAMES[check.name]}</span>
          <span className="min-w-0 break-words text-ink-3">{check.detail}</span>
        </li>
      ))}
    </ul>
  );
}

interface ServerMenuProps {
  server: Server;
  isBusy: boolean;
  onAction: (action: ServerAction) => void;
}

function ServerMenu({ server, isBusy, onAction }: ServerMenuProps) {
  const [isDeleting, setDeleting] = useState(false);
  const isSetAside = server.status === 'draining' || server.status === 'maintenance';
  return (
    <>
      <Menu
        align="end"
        trigger={
          <IconButton label={`More for ${server.name}`} disabled={isBusy}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItem isDisabled={isSetAside} onSelect={() => onAction('drain')}>
          Drain: no new workspaces
        </MenuItem>
        <MenuItem isDisabled={!isSetAside} onSelect={() => onAction('activate')}>
          Activate
        </MenuItem>
        <MenuSeparator />
        <MenuItem isDangerous onSelect={() => setDeleting(true)}>
          Remove…
        </MenuItem>
      </Menu>
      <ConfirmDialog
        isOpen={isDeleting}
        onOpenChange={setDeleting}
        title={`Remove “${server.name}”?`}
        description="Podex forgets the server. Nothing on it is touched. It is refused while workspaces live there."
        action="Remove server"
        isDangerous
        onConfirm={() => {
          setDeleting(false);
          onAction('delete');
        }}
      />
    </>
  );
}
