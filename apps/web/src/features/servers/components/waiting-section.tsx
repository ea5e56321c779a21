'use client';

import type { WaitingWorkspace } from '@podex/contracts/waiting';
import { useQuery } from '@tanstack/react-query';
import { Badge } from '#components/badge.tsx';
import { Row } from '#components/row.tsx';
import { Section } from '#components/section.tsx';
import { countOf, formatAgo } from '#lib/format.ts';
import { useNow } from '#lib/use-now.ts';
import { waitingQuery } from '../api/servers-query.ts';

/** Workspaces that no server takes, and what helps. Nothing while there are none. */
export function WaitingSection() {
  const { data: waiting = [] } = useQuery(waitingQuery());
  const now = useNow(30_000);
  if (waiting.length === 0) return null;
  return (
    <Section
      title="Waiting for room"
      description="No server takes these workspaces now. Podex tries again by itself."
      badge={<Badge tone="warning">{countOf(waiting.length, 'workspace')}</Badge>}
      isFlush
    >
      <ul aria-label="Workspaces that wait for room" className="divide-y divide-line">
        {waiting.map((one) => (
          <Row key={one.id} title={one.name} detail={<Why workspace={one} now={now} />} />
        ))}
      </ul>
    </Section>
  );
}

function Why({ workspace: one, now }: { workspace: WaitingWorkspace; now: number }) {
  const wishes = [
    one.size,
    ...(one.region === null ? [] : [one.region]),
    ...Object.entries(one.labels).map(([key, value]) => `${key}=${value}`),
  ];
  return (
    <>
      <span>
        {one.team?.name ?? one.owner.email} · {wishes.join(', ')} · since {formatAgo(one.waiting_since, now)}
      </span>
      {one.cures.map((cure) => (
        <span key={cure} className="mt-1 block text-ink">
          {cure}
        </span>
      ))}
    </>
  );
}
