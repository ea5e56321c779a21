import type { QuotaUse } from '@podex/contracts/quotas';
import { clsx } from 'clsx';
import { Badge } from '#components/badge.tsx';
import { type Fullness, fullnessOf, QUOTA_LABELS, usedText } from '../model/quota-words.ts';

const BAR_TONES: Readonly<Record<Fullness, string>> = {
  ample: 'bg-accent',
  nearly_full: 'bg-warning',
  full: 'bg-danger',
};

/** Each quota with how much of it is used. */
export function QuotaList({ quotas }: { quotas: readonly QuotaUse[] }) {
  return (
    <ul className="grid gap-x-8 gap-y-4 p-4 sm:grid-cols-2">
      {quotas.map((use) => (
        <QuotaItem key={use.quota} use={use} />
      ))}
    </ul>
  );
}

function QuotaItem({ use }: { use: QuotaUse }) {
  const { share, tone } = fullnessOf(use);
  const label = QUOTA_LABELS[use.quota];
  return (
    <li className="min-w-0">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="flex items-center gap-2 text-sm">
          {label}
          {use.is_own && <Badge>Own limit</Badge>}
        </span>
        <span className={clsx('text-xs tabular-nums', tone === 'full' ? 'text-danger' : 'text-ink-2')}>
          {usedText(use)}
        </span>
      </div>
      {use.max !== null && (
        <div aria-hidden className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-line">
          <div
            className={clsx('h-full rounded-full', BAR_TONES[tone])}
            style={{ width: `${share * 100}%` }}
          />
        </div>
      )}
    </li>
  );
}
