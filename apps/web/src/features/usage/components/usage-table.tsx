import type { AdminUsageGroup, UsageRow } from '@podex/contracts/model-usage';
import { formatCount } from '#lib/format.ts';
import { costText, unpricedText } from '#lib/usage-text.ts';

const KEY_HEADS: Readonly<Record<AdminUsageGroup, string>> = {
  day: 'Day (UTC)',
  model: 'Model',
  workspace: 'Workspace',
  conversation: 'Conversation',
  holder: 'Person or team',
};

/** What was used, a row for each of what it is grouped by. */
export function UsageTable({ by, rows }: { by: AdminUsageGroup; rows: readonly UsageRow[] }) {
  const heads = [KEY_HEADS[by], 'Calls', 'Input', 'Output', 'Cost'];
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-left text-xs">
        <thead className="border-b text-ink-2">
          <tr>
            {heads.map((head, index) => (
              <th
                key={head}
                scope="col"
                className={`whitespace-nowrap px-3 py-2 font-medium first:pl-4 last:pr-4 ${index === 0 ? '' : 'text-right'}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <UsageTableRow key={row.key} by={by} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function UsageTableRow({ by, row }: { by: AdminUsageGroup; row: UsageRow }) {
  const failed = row.failed_calls === 0 ? '' : ` (${row.failed_calls} failed)`;
  return (
    <tr>
      <th scope="row" className="wrap-anywhere min-w-28 px-3 py-2 pl-4 font-normal">
        {nameOf(by, row)}
      </th>
      <Amount>{`${row.calls}${failed}`}</Amount>
      <Amount title={`${row.cached_input_tokens} from the cache, ${row.cache_write_tokens} written to it`}>
        {formatCount(row.input_tokens)}
      </Amount>
      <Amount title={`${row.reasoning_tokens} of them for reasoning`}>
        {formatCount(row.output_tokens)}
      </Amount>
      <Amount title={unpricedText(row)}>{capitalized(costText(row) ?? '')}</Amount>
    </tr>
  );
}

function Amount({ title, children }: { title?: string | undefined; children: string }) {
  return (
    <td title={title} className="whitespace-nowrap px-3 py-2 text-right tabular-nums last:pr-4">
      {children}
    </td>
  );
}

/** What is gone is known by its id alone. */
function nameOf(by: AdminUsageGroup, { key, name }: UsageRow): string {
  if (by === 'day' || by === 'model') return key;
  return name ?? (key === '' ? 'Not known' : `Deleted (${key})`);
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
