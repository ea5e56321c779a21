import type { AuditEntry } from '@podex/contracts/audit';
import { actorText, detailText, targetText } from '../model/audit-filter.ts';

const COLUMNS = ['Time', 'Who', 'Action', 'Target', 'Address', 'Details'];

export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <div className="overflow-x-auto rounded-lg border bg-surface">
      <table className="w-full text-left text-xs">
        <thead className="border-b text-ink-2">
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" className="px-3 py-2 font-medium">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {entries.map((entry) => (
            <EntryRow key={entry.seq} entry={entry} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  return (
    <tr className="align-top">
      <td className="whitespace-nowrap px-3 py-2 text-ink-2">
        <time dateTime={entry.at} title={`Entry ${entry.seq}`}>
          {new Date(entry.at).toLocaleString()}
        </time>
      </td>
      <td className="break-words px-3 py-2">{actorText(entry)}</td>
      <td className="px-3 py-2">
        <span className="font-mono">{entry.action}</span>
        {entry.result !== 'succeeded' && <span className="text-danger"> {entry.result}</span>}
      </td>
      <td className="max-w-60 break-words px-3 py-2">{targetText(entry)}</td>
      <td className="px-3 py-2 font-mono" title={entry.user_agent ?? undefined}>
        {entry.address}
      </td>
      <td className="max-w-80 break-words px-3 py-2 text-ink-2">{detailText(entry)}</td>
    </tr>
  );
}
