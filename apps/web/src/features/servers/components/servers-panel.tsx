'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { ErrorState } from '#components/error-state.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { messageOf } from '#lib/api-client.ts';
import { formatMegabytes } from '#lib/format.ts';
import { useLiveTopic } from '#lib/live-context.tsx';
import { useNow } from '#lib/use-now.ts';
import { capacityQuery, serversQuery } from '../api/servers-query.ts';
import { applyServerEvent } from '../model/apply-server-event.ts';
import { RegisterServerDialog } from './register-server-dialog.tsx';
import { ServerCard } from './server-card.tsx';

/** Every workspace server: how it stands, why, and what can be done. For administrators. */
export function ServersPanel() {
  const [isRegistering, setRegistering] = useState(false);
  const servers = useQuery(serversQuery());
  const now = useNow(30_000);
  useServerEvents();
  return (
    <>
      <div className="mb-4 flex items-center justify-between gap-4">
        <div className="min-w-0">
          <h1 className="font-semibold text-lg tracking-tight">Servers</h1>
          <Capacity />
        </div>
        <Button variant="primary" onClick={() => setRegistering(true)}>
          <Plus aria-hidden className="size-4" />
          Register server
        </Button>
      </div>
      {servers.isPending && <Skeleton className="h-32 w-full" />}
      {servers.isError && servers.data === undefined && (
        <ErrorState
          title="The servers could not be listed"
          message={messageOf(servers.error)}
          isRetrying={servers.isFetching}
          onRetry={() => servers.refetch()}
        />
      )}
      {servers.data?.length === 0 && (
        <div className="rounded-lg border border-line-strong border-dashed py-12">
          <EmptyState icon={<Server />} title="No workspace server yet">
            Workspaces run on servers with Docker and gVisor. Register one to begin.
          </EmptyState>
        </div>
      )}
      {servers.data !== undefined && servers.data.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border bg-surface">
          {servers.data.map((server) => (
            <ServerCard key={server.id} server={server} now={now} />
          ))}
        </ul>
      )}
      <RegisterServerDialog isOpen={isRegistering} onOpenChange={setRegistering} />
    </>
  );
}

function Capacity() {
  const { data } = useQuery(capacityQuery());
  if (data === undefined) return <Skeleton className="mt-1 h-3.5 w-64" />;
  return (
    <p className="text-ink-2 text-xs tabular-nums">
      {data.ready_servers} of {data.servers} ready · {data.running_workspaces} of at most{' '}
      {data.max_workspaces} workspaces running · {data.reserved_cpu} of {data.total_cpu} CPU and{' '}
      {formatMegabytes(data.reserved_memory_mb)} of {formatMegabytes(data.total_memory_mb)} taken
    </p>
  );
}

function useServerEvents(): void {
  const queryClient = useQueryClient();
  const refetchAll = () => queryClient.invalidateQueries({ queryKey: ['servers'] });
  useLiveTopic('servers', {
    onStart: refetchAll,
    onReset: refetchAll,
    onEvent: (event) => {
      queryClient.setQueryData(serversQuery().queryKey, (list) => list && applyServerEvent(list, event));
      // Checks and facts are not in the event.
      return refetchAll();
    },
  });
}
