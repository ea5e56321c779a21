const DAY_MS = 86_400_000;
const LONG_DAYS = 90;

/** UTC days, both included. */
export interface DayRange {
  from: string;
  to: string;
}

export type Period = 'this_month' | 'last_month' | 'last_90_days';

export const PERIODS: readonly { value: Period; label: string }[] = [
  { value: 'this_month', label: 'This month' },
  { value: 'last_month', label: 'Last month' },
  { value: 'last_90_days', label: '90 days' },
];

export function rangeOf(period: Period, now: Date): DayRange {
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  switch (period) {
    case 'this_month':
      return { from: dayOf(Date.UTC(year, month, 1)), to: dayOf(now.getTime()) };
    case 'last_month':
      return { from: dayOf(Date.UTC(year, month - 1, 1)), to: dayOf(Date.UTC(year, month, 0)) };
    case 'last_90_days':
      return { from: dayOf(now.getTime() - (LONG_DAYS - 1) * DAY_MS), to: dayOf(now.getTime()) };
  }
}

/** From the first on; days without anything as well. */
export function daysOf({ from, to }: DayRange): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) days.push(dayOf(at));
  return days;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
