'use client';

import type { UsageSum } from '@podex/contracts/model-usage';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ChartColumn } from 'lucide-react';
import { useMemo, useState } from 'react';
import { EmptyState } from '#components/empty-state.tsx';
import { Loaded } from '#components/loaded.tsx';
import { Segmented } from '#components/segmented.tsx';
import { ShowMore } from '#components/show-more.tsx';
import { countOf } from '#lib/format.ts';
import { costText, tokensText, unpricedText } from '#lib/usage-text.ts';
import { type UsageAsked, usageQuery } from '../api/usage-query.ts';
import { type DayRange, PERIODS, type Period, rangeOf } from '../model/periods.ts';
import { DayBars } from './day-bars.tsx';
import { UsageTable } from './usage-table.tsx';

const GROUPS = [
  { value: 'day', label: 'Day' },
  { value: 'model', label: 'Model' },
  { value: 'workspace', label: 'Workspace' },
  { value: 'conversation', label: 'Conversation' },
] as const;
const ADMIN_GROUPS = [{ value: 'holder', label: 'Person' }, ...GROUPS] as const;

/** What the person’s own workspaces used of models. */
export function OwnUsage() {
  const [by, setBy] = useState<(typeof GROUPS)[number]['value']>('day');
  return (
    <UsageView
      asked={{ of: 'own', by }}
      groups={<Segmented label="Group by" value={by} onChoose={setBy} options={GROUPS} />}
    />
  );
}

/** The same of everybody’s, for admins. */
export function AllUsage() {
  const [by, setBy] = useState<(typeof ADMIN_GROUPS)[number]['value']>('holder');
  return (
    <UsageView
      asked={{ of: 'all', by }}
      groups={<Segmented label="Group by" value={by} onChoose={setBy} options={ADMIN_GROUPS} />}
    />
  );
}

function UsageView({ asked, groups }: { asked: UsageAsked; groups: React.ReactNode }) {
  const [period, setPeriod] = useState<Period>('this_month');
  const range = useMemo(() => rangeOf(period, new Date()), [period]);
  return (
    <>
      <div className="flex flex-wrap gap-2 border-b px-4 py-3">
        <Segmented label="Period" value={period} onChoose={setPeriod} options={PERIODS} />
        <div className="max-w-full overflow-x-auto">{groups}</div>
      </div>
      <UsageDays of={asked.of} range={range} />
      <UsageRows asked={asked} range={range} />
    </>
  );
}

function UsageDays({ of, range }: { of: UsageAsked['of']; range: DayRange }) {
  const { data } = useInfiniteQuery(usageQuery({ of, by: 'day' }, range));
  const [first] = data?.pages ?? [];
  return first === undefined ? null : <DayBars rows={first.items} range={range} />;
}

function UsageRows({ asked, range }: { asked: UsageAsked; range: DayRange }) {
  const pages = useInfiniteQuery(usageQuery(asked, range));
  return (
    <Loaded query={pages} what="the usage" height="h-40">
      {({ pages: loaded }) => {
        const rows = loaded.flatMap(({ items }) => items);
        const total = loaded[0]?.total;
        if (rows.length === 0 || total === undefined) {
          return (
            <EmptyState icon={<ChartColumn />} title="No usage yet">
              What the agent uses of models in this time is shown here.
            </EmptyState>
          );
        }
        return (
          <>
            <Total total={total} />
            <UsageTable by={asked.by} rows={rows} />
            <div className="pb-3 empty:hidden">
              <ShowMore query={pages} />
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function Total({ total }: { total: UsageSum }) {
  const unpriced = unpricedText(total);
  const estimated =
    total.estimated_calls === 0
      ? undefined
      : `The tokens of ${countOf(total.estimated_calls, 'call')} are estimated: the response broke off.`;
  const notes = [unpriced, estimated].filter((note) => note !== undefined);
  return (
    <div className="border-b px-4 py-3">
      <p className="flex flex-wrap items-baseline gap-x-3 text-ink-2 text-xs tabular-nums">
        <strong className="font-semibold text-base text-ink">{costText(total) ?? '$0.00'}</strong>
        <span>{countOf(total.calls, 'call')}</span>
        <span>{tokensText(total)}</span>
      </p>
      {notes.length > 0 && <p className="mt-1 text-ink-3 text-xs">{notes.join(' ')}</p>}
    </div>
  );
}
