'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '#components/button.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Section } from '#components/section.tsx';
import { holderQuotasQuery, ownQuotasQuery } from '../api/quotas-query.ts';
import { LimitsDialog } from './limits-dialog.tsx';
import { QuotaList } from './quota-list.tsx';

const HEIGHT = 'h-40';

/** What the person uses and may use; part of the account page. */
export function OwnUsageSection() {
  const quotas = useQuery(ownQuotasQuery());
  return (
    <Section
      title="Usage"
      description="What you use outside of teams, and what you are allowed. Model spend counts in UTC days and months."
      isFlush
    >
      <Loaded query={quotas} what="your usage" height={HEIGHT}>
        {({ items }) => <QuotaList quotas={items.find(({ kind }) => kind === 'user')?.quotas ?? []} />}
      </Loaded>
    </Section>
  );
}

/** The same of a team, for who is in it; admins of Podex see every team, and can change what it is allowed. */
export function TeamUsageSection({ teamId, isAdmin }: { teamId: string; isAdmin: boolean }) {
  return isAdmin ? <ManagedTeamUsage teamId={teamId} /> : <OwnTeamUsage teamId={teamId} />;
}

const TEAM_DESCRIPTION = 'What the team’s workspaces use together, and what the team is allowed.';

function OwnTeamUsage({ teamId }: { teamId: string }) {
  const quotas = useQuery(ownQuotasQuery());
  return (
    <Section title="Usage" description={TEAM_DESCRIPTION} isFlush>
      <Loaded query={quotas} what="the team’s usage" height={HEIGHT}>
        {({ items }) => <QuotaList quotas={items.find(({ id }) => id === teamId)?.quotas ?? []} />}
      </Loaded>
    </Section>
  );
}

function ManagedTeamUsage({ teamId }: { teamId: string }) {
  const [isOpen, setOpen] = useState(false);
  const holder = { kind: 'team', id: teamId } as const;
  const quotas = useQuery(holderQuotasQuery(holder));
  return (
    <Section
      title="Usage"
      description={TEAM_DESCRIPTION}
      isFlush
      actions={
        <Button size="sm" onClick={() => setOpen(true)}>
          Change limits
        </Button>
      }
    >
      <Loaded query={quotas} what="the team’s usage" height={HEIGHT}>
        {(loaded) => <QuotaList quotas={loaded.quotas} />}
      </Loaded>
      {isOpen && <LimitsDialog holder={holder} onClose={() => setOpen(false)} />}
    </Section>
  );
}
