import type { UsagePage, UsageRow, UsageSum } from '@podex/contracts/model-usage';
import { countOf } from '@podex/contracts/text';
import { tableText } from './user-text.ts';

/** A table, the sum below it, and what is not in the sum. */
export function usageText(page: UsagePage, by: string): string {
  const { items, total, next, from, to } = page;
  if (items.length === 0) return `nothing was used from ${from} to ${to}`;
  const head = [by.toUpperCase(), 'CALLS', 'INPUT', 'CACHED', 'OUTPUT', 'COST'];
  const rows = items.map((row) => [nameOf(row, by), ...amountsOf(row)]);
  const lines = [tableText([head, ...rows, ['total', ...amountsOf(total)]])];
  if (total.unpriced_calls > 0) {
    lines.push(`The cost of ${countOf(total.unpriced_calls, 'call')} is unknown, and not in the sum.`);
  }
  if (next !== null) lines.push(`More: --after '${next}'`);
  return lines.join('\n');
}

function amountsOf({ calls, input_tokens, cached_input_tokens, output_tokens, ...cost }: UsageSum): string[] {
  const usd = cost.cost_usd === null ? 'unknown' : `$${cost.cost_usd.toFixed(4)}`;
  return [
    ...[calls, input_tokens, cached_input_tokens, output_tokens].map(String),
    cost.cost_usd === null || cost.unpriced_calls === 0 ? usd : `${usd} and more`,
  ];
}

/** What is gone is known by its id alone. Names come from anybody: a terminal must not obey them. */
function nameOf({ key, name }: UsageRow, by: string): string {
  const shown = by === 'day' || by === 'model' ? key : (name ?? (key === '' ? '(not known)' : key));
  return shown.replaceAll(/\p{C}/gu, '\ufffd');
}
