'use client';

import type { Pool } from '@podex/contracts/pool';
import { countOf } from '@podex/contracts/text';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { Badge } from '#components/badge.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Notice } from '#components/notice.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { formatUntil } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { poolQuery } from '../api/pool-query.ts';

const COUNTDOWN_STEP_MS = 30_000;

/** How many containers wait for a new workspace, where, and why there are fewer than wanted; part of the page of servers. */
export function PoolSection() {
  const query = useQuery(poolQuery());
  return (
    <Section
      title="Warm pool"
      description="Started containers that wait for a new workspace, so that it’s there at once. They give way when people need the room."
      badge={query.data && <PoolBadge pool={query.data} />}
      actions={
        <Link href="/settings" className="text-ink-2 text-xs hover:text-ink">
          Change size or schedule
        </Link>
      }
      isFlush
    >
      <Loaded query={query} what="the warm pool" height="h-10">
        {(pool) => <PoolDetails pool={pool} />}
      </Loaded>
    </Section>
  );
}

function PoolBadge({ pool }: { pool: Pool }) {
  if (pool.wanted === 0) return <Badge>Off</Badge>;
  return (
    <Badge
      tone={pool.ready < pool.wanted ? 'warning' : 'success'}
    >{`${pool.ready} of ${pool.wanted} ready`}</Badge>
  );
}

function PoolDetails({ pool }: { pool: Pool }) {
  const { last_failure: failure } = pool;
  return (
    <>
      {pool.schedule.length > 0 && <PoolSchedule pool={pool} />}
      {!pool.is_kept && (
        <div className="p-4">
          <Notice tone="warning">No compute service keeps the pool. Check that one is running.</Notice>
        </div>
      )}
      {failure !== null && pool.ready < pool.wanted && (
        <div className="p-4">
          <Notice tone="warning">The last slot couldn’t be filled: {failure.reason}</Notice>
        </div>
      )}
      {pool.servers.length === 0 ? (
        <p className="p-4 text-ink-2 text-sm">{emptyText(pool)}</p>
      ) : (
        <ul aria-label="Warm pool by server" className="divide-y divide-line">
          {pool.servers.map((server) => (
            <Row key={server.server_id} title={server.name} detail={countsText(server)} />
          ))}
        </ul>
      )}
    </>
  );
}

function PoolSchedule({ pool: { schedule, scheduled_by: current, next_change: next } }: { pool: Pool }) {
  return (
    <ul aria-label="Schedule of the warm pool" className="divide-y divide-line border-line border-b">
      {schedule.map((line) => (
        <Row
          key={line}
          title={line}
          badge={line === current ? <Badge tone="success">Now</Badge> : undefined}
          detail="Schedule"
        />
      ))}
      {next !== null && <NextChange next={next} />}
    </ul>
  );
}

function NextChange({ next }: { next: NonNullable<Pool['next_change']> }) {
  const now = useNow(COUNTDOWN_STEP_MS);
  const at = new Date(next.at).toLocaleString(undefined, {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <Row title={`Next: ${countOf(next.wanted, 'slot')}`} detail={`${at} · ${formatUntil(next.at, now)}`} />
  );
}

function emptyText({ wanted }: Pool): string {
  if (wanted === 0)
    return 'The pool is off: each new workspace gets a container of its own, which takes a second or two.';
  return `No slots yet. ${countOf(wanted, 'slot')} will be kept as soon as a server has room to spare.`;
}

function countsText(counts: { ready: number; filling: number; removing: number }): string {
  return [
    `${counts.ready} ready`,
    ...(counts.filling > 0 ? [`${counts.filling} starting`] : []),
    ...(counts.removing > 0 ? [`${counts.removing} being removed`] : []),
  ].join(' · ');
}
