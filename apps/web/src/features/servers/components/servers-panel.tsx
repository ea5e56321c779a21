'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Server } from 'lucide-react';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { LoadedRows } from '#components/loaded.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Card } from '#components/section.tsx';
import { Skeleton } from '#components/skeleton.tsx';
import { formatMegabytes } from '#lib/format.ts';
import { useLiveTopic } from '#lib/live-context.tsx';
import { useNow } from '#lib/use-now.ts';
import { capacityQuery, serversQuery } from '../api/servers-query.ts';
import { applyServerEvent } from '../model/apply-server-event.ts';
import { JoinServerButton } from './join-server-dialog.tsx';
import { OpenJoinTokens } from './open-join-tokens.tsx';
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
      <PageHeading
        title="Servers"
        description={<Capacity />}
        actions={
          <>
            <JoinServerButton />
            <Button variant="primary" onClick={() => setRegistering(true)}>
              <Plus aria-hidden className="size-4" />
              Register server
            </Button>
          </>
        }
      />
      <Card>
        <LoadedRows
          query={servers}
          what="the servers"
          label="Servers"
          empty={
            <EmptyState icon={<Server />} title="No workspace server yet">
              Workspaces run on servers with Docker and gVisor. Register one to begin.
            </EmptyState>
          }
        >
          {(server) => <ServerCard key={server.id} server={server} now={now} />}
        </LoadedRows>
      </Card>
      <OpenJoinTokens now={now} />
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
