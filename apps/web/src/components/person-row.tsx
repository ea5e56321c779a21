import type { ReactNode } from 'react';

interface PersonRowProps {
  name: string;
  email: string;
  /** After the name, for example whether it is oneself. */
  note?: string | undefined;
  error?: string | undefined;
  /** What can be done about this person. */
  children?: ReactNode;
}

/** A person in a list of people. */
export function PersonRow({ name, email, note, error, children }: PersonRowProps) {
  return (
    <li
      className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2.5"
      data-testid="person"
    >
      <div className="min-w-0 flex-1 basis-48">
        <p className="truncate font-medium text-sm">
          {name || email}
          {note !== undefined && <span className="font-normal text-ink-3"> · {note}</span>}
        </p>
        <p className="truncate text-ink-2 text-xs">{email}</p>
      </div>
      {children !== undefined && <div className="flex items-center gap-2">{children}</div>}
      {error !== undefined && (
        <p role="alert" className="w-full text-danger text-xs">
          {error}
        </p>
      )}
    </li>
  );
}
