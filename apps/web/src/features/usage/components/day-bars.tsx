import type { UsageRow } from '@podex/contracts/model-usage';
import { dollars, tokensText } from '#lib/usage-text.ts';
import { type DayRange, daysOf } from '../model/periods.ts';

/** A bar for each day, as high as what was spent; of tokens where no cost is known. */
export function DayBars({ rows, range }: { rows: readonly UsageRow[]; range: DayRange }) {
  const byDay = new Map(rows.map((row) => [row.key, row]));
  const isCost = rows.some((row) => (row.cost_usd ?? 0) > 0);
  const amountOf = (row: UsageRow) => (isCost ? (row.cost_usd ?? 0) : row.input_tokens + row.output_tokens);
  const most = Math.max(...rows.map(amountOf));
  if (rows.length === 0 || most === 0) return null;
  const days = daysOf(range);
  return (
    <figure className="border-b px-4 pt-4 pb-2">
      <div aria-hidden className="flex h-24 items-end gap-px">
        {days.map((day) => {
          const row = byDay.get(day);
          const share = row === undefined ? 0 : amountOf(row) / most;
          return (
            <div
              key={day}
              title={
                row === undefined ? day : `${day}: ${isCost ? dollars(row.cost_usd ?? 0) : tokensText(row)}`
              }
              className="flex h-full min-w-px flex-1 items-end rounded-sm hover:bg-hover"
            >
              <div
                className="w-full rounded-t-sm bg-accent"
                style={{ height: share === 0 ? 0 : `max(2px, ${share * 100}%)` }}
              />
            </div>
          );
        })}
      </div>
      <figcaption className="mt-1 flex justify-between text-2xs text-ink-3 tabular-nums">
        <span>{days[0]}</span>
        <span>{isCost ? 'Cost per day (UTC)' : 'Tokens per day (UTC)'}</span>
        <span>{days.at(-1)}</span>
      </figcaption>
    </figure>
  );
}
