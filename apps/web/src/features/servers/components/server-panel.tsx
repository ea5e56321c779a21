'use client';

import { PodexError } from '@podex/contracts/errors';
import type { Server } from '@podex/contracts/servers';
import { useQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { Badge } from '#components/badge.tsx';
import { buttonClass } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { PageHeading } from '#components/page-heading.tsx';
import { Section } from '#components/section.tsx';
import { countOf, formatAgo } from '#lib/format.ts';
import { labelPairs } from '#lib/labels.ts';
import { paths } from '#lib/paths.ts';
import { useNow } from '#lib/use-now.ts';
import { serverQuery } from '../api/servers-query.ts';
import { summaryOf } from '../model/check-words.ts';
import { DrainSection } from './drain-section.tsx';
import { ServerActions } from './server-actions.tsx';
import { ServerBars } from './server-bars.tsx';
import { ServerChecks } from './server-checks.tsx';
import { ServerStatus } from './server-status.tsx';
import { ServerWorkspaces } from './server-workspaces.tsx';
import { useServerEvents } from './use-server-events.ts';

/** One server: how it stands, why, what it has, and what can be done. */
export function ServerPanel({ serverId }: { serverId: string }) {
  const server = useQuery(serverQuery(serverId));
  useServerEvents();
  if (PodexError.has(server.error, 'server_not_found')) return <GoneServer />;
  return (
    <Loaded query={server} what="this server" height="h-40">
      {(loaded) => <LoadedServer server={loaded} />}
    </Loaded>
  );
}

function LoadedServer({ server }: { server: Server }) {
  const router = useRouter();
  return (
    <>
      <PageHeading
        title={server.name}
        description={<Standing server={server} />}
        actions={<ServerActions server={server} onRemoved={() => router.push(paths.servers())} />}
      />
      <div className="flex flex-col gap-4">
        {server.reason !== null && (
          <Notice tone={server.status === 'unfit' || server.status === 'unreachable' ? 'danger' : 'warning'}>
            {server.reason}
          </Notice>
        )}
        <DrainSection server={server} />
        <Section title="Capacity" description={countOf(server.workspaces, 'workspace')}>
          <ServerBars server={server} />
        </Section>
        <ServerWorkspaces server={server} />
        <Checks server={server} />
        <Section title="Details">
          <Details server={server} />
        </Section>
      </div>
    </>
  );
}

function Standing({ server }: { server: Server }) {
  const now = useNow(30_000);
  return (
    <div className="flex flex-wrap items-center gap-x-3">
      <ServerStatus status={server.status} />
      <span>
        {server.last_seen_at === null ? 'never seen' : `seen ${formatAgo(server.last_seen_at, now)}`}
      </span>
    </div>
  );
}

function Checks({ server: { checks, progress } }: { server: Server }) {
  if (progress !== null) {
    return (
      <Section title="Checks" description="Checking…" isFlush={progress.length > 0}>
        {progress.length > 0 ? <ServerChecks checks={progress} /> : <p className="text-ink-2">Connecting…</p>}
      </Section>
    );
  }
  if (checks.length === 0) {
    return (
      <Section title="Checks">
        <p className="text-ink-2">Not checked yet.</p>
      </Section>
    );
  }
  return (
    <Section title="Checks" description={summaryOf(checks)} isFlush>
      <ServerChecks checks={checks} />
    </Section>
  );
}

function Details({ server }: { server: Server }) {
  const { facts } = server;
  const isLocal = server.tls_ca_path === null;
  const pairs = labelPairs(server.labels);
  return (
    <dl className="grid grid-cols-[minmax(0,8rem)_minmax(0,1fr)] gap-x-4 gap-y-2 text-xs">
      <Detail name="Address">
        {isLocal ? 'The engine beside compute' : `${server.hostname}:${server.docker_port}`}
      </Detail>
      <Detail name="Region">{server.region ?? 'None'}</Detail>
      <Detail name="Labels">
        {pairs.length === 0 ? (
          'None'
        ) : (
          <span className="flex flex-wrap gap-1">
            {pairs.map((pair) => (
              <Badge key={pair}>{pair}</Badge>
            ))}
          </span>
        )}
      </Detail>
      {facts !== null && (
        <>
          <Detail name="Engine">{`Docker ${facts.engine_version} (API ${facts.api_version})`}</Detail>
          <Detail name="System">{`${facts.operating_system}, ${facts.architecture}, kernel ${facts.kernel_version}`}</Detail>
          <Detail name="Sandbox">{facts.sandbox_kernel}</Detail>
          <Detail name="Disk quotas">{facts.quota}</Detail>
          {facts.live_restore !== undefined && (
            <Detail name="Live-restore">{facts.live_restore ? 'On' : 'Off'}</Detail>
          )}
        </>
      )}
      {!isLocal && (
        <>
          <Detail name="CA">{server.tls_ca_path}</Detail>
          <Detail name="Client certificate">{server.tls_cert_path}</Detail>
          <Detail name="Client key">{server.tls_key_path}</Detail>
          {server.facts?.server_certificate_expires_at !== undefined && (
            <Detail name="Certificate until">
              {server.facts.server_certificate_expires_at.slice(0, 10)}
            </Detail>
          )}
        </>
      )}
    </dl>
  );
}

function Detail({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </>
  );
}

function GoneServer() {
  return (
    <EmptyState
      icon={<SearchX />}
      title="There is no such server"
      actions={
        <Link href={paths.servers()} className={buttonClass()}>
          All servers
        </Link>
      }
    >
      It was removed, or the address is wrong.
    </EmptyState>
  );
}
