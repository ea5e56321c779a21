import type { ServerCheck } from '@podex/contracts/servers';
import { Check, TriangleAlert, X } from 'lucide-react';
import { CHECK_LABELS, type CheckOutcome, outcomeOf } from '../model/check-words.ts';

const MARKS: Readonly<Record<CheckOutcome, { Icon: typeof Check; className: string }>> = {
  passed: { Icon: Check, className: 'text-success' },
  warning: { Icon: TriangleAlert, className: 'text-warning' },
  failed: { Icon: X, className: 'text-danger' },
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
      </span>
    </li>
  );
}
