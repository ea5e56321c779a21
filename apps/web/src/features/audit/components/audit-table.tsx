import type { AuditEntry } from '@podex/contracts/audit';
import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { actorText, detailText, targetText } from '../model/audit-filter.ts';

const COLUMNS = ['Time', 'Who', 'Action', 'Target', 'Address', 'Details'];

/** Who did what. Where there is no room for its columns, each entry is a card. */
export function AuditTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <table className="w-full text-left text-xs max-lg:block">
      <thead className="border-b text-ink-2 max-lg:hidden">
        <tr>
          {COLUMNS.map((column) => (
            <th key={column} scope="col" className="px-3 py-2 font-medium first:pl-4 last:pr-4">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-lg:block">
        {entries.map((entry) => (
          <EntryRow key={entry.seq} entry={entry} />
        ))}
      </tbody>
    </table>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  return (
    <tr className="align-top max-lg:grid max-lg:grid-cols-[minmax(0,1fr)_auto] max-lg:gap-x-4 max-lg:px-4 max-lg:py-3">
      <td className="whitespace-nowrap py-2 pr-3 pl-4 text-ink-2 max-lg:order-2 max-lg:p-0">
        <time dateTime={entry.at} title={`Entry ${entry.seq}`}>
          {new Date(entry.at).toLocaleString()}
        </time>
      </td>
      <Cell name="Who">{actorText(entry)}</Cell>
      <td className="px-3 py-2 max-lg:order-1 max-lg:p-0">
        <span className="font-mono max-lg:text-ink">{entry.action}</span>
        {entry.result !== 'succeeded' && <span className="text-danger"> {entry.result}</span>}
      </td>
      <Cell name="Target" className="lg:max-w-60">
        {targetText(entry)}
      </Cell>
      <Cell name="Address" className="font-mono lg:whitespace-nowrap" title={entry.user_agent ?? undefined}>
        {entry.address}
      </Cell>
      <Cell name="Details" className="text-ink-2 lg:max-w-80 lg:pr-4">
        {detailText(entry)}
      </Cell>
    </tr>
  );
}

interface CellProps {
  /** Its column, said in the cell where the columns have no heads. */
  name: string;
  className?: string;
  title?: string | undefined;
  children: ReactNode;
}

function Cell({ name, className, title, children }: CellProps) {
  const isEmpty = children === '' || children === null;
  return (
    <td
      title={title}
      className={clsx(
        'wrap-anywhere px-3 py-2 max-lg:order-3 max-lg:col-span-2 max-lg:p-0',
        isEmpty ? 'max-lg:hidden' : 'max-lg:grid max-lg:grid-cols-[4rem_minmax(0,1fr)]',
        className,
      )}
    >
      <span className="font-sans text-ink-3 lg:hidden">{name}</span>
      {children}
    </td>
  );
}
