import type { ServerCheck } from '@podex/contracts/servers';
import { Check, LoaderCircle, TriangleAlert, X } from 'lucide-react';
import { CHECK_LABELS, type CheckOutcome, outcomeOf } from '../model/check-words.ts';

const MARKS: Readonly<Record<CheckOutcome, { Icon: typeof Check; className: string }>> = {
  passed: { Icon: Check, className: 'text-success' },
  warning: { Icon: TriangleAlert, className: 'text-warning' },
  failed: { Icon: X, className: 'text-danger' },
  working: { Icon: LoaderCircle, className: 'animate-spin text-ink-2' },
};

/** Each check with its mark; cause and cure where it matters. */
export function ServerChecks({ checks }: { checks: readonly ServerCheck[] }) {
  return (
    <ul aria-label="Checks" className="divide-y divide-line">
      {checks.map((check) => (
        <CheckRow key={check.name} check={check} />
      ))}
    </ul>
  );
}

function CheckRow({ check }: { check: ServerCheck }) {
  const outcome = outcomeOf(check);
  const { Icon, className } = MARKS[outcome];
  return (
    <li className="grid grid-cols-[1rem_1fr] gap-x-2 px-4 py-2 text-xs sm:grid-cols-[1rem_9rem_1fr]">
      <Icon role="img" aria-label={outcome} className={`mt-0.5 size-3.5 ${className}`} />
      <span className="font-medium">{CHECK_LABELS[check.name]}</span>
      <span
        className={`col-start-2 min-w-0 break-words sm:col-start-3 ${outcome === 'passed' ? 'text-ink-2' : 'text-ink'}`}
      >
        {check.detail}
        {check.percent !== undefined && <PullBar percent={check.percent} />}
      </span>
    </li>
  );
}

function PullBar({ percent }: { percent: number | null }) {
  return (
    <span className="mt-1.5 block h-1 overflow-hidden rounded-full bg-line">
      <span
        role="progressbar"
        aria-label="Pull of the image"
        aria-valuenow={percent ?? undefined}
        className="block h-full rounded-full bg-accent transition-[width]"
        style={{ width: `${percent ?? 0}%` }}
      />
    </span>
  );
}
