import type { ReactNode } from 'react';

interface RowProps {
  title: ReactNode;
  /** Beside the title. */
  badge?: ReactNode;
  detail?: ReactNode;
  /** Buttons, and the dialogs that they open. */
  children?: ReactNode;
}

/** One thing in a list, with what can be done about it. */
export function Row({ title, badge, detail, children }: RowProps) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-48">
        <div className="flex items-center gap-2">
          <p className="min-w-0 truncate font-medium">{title}</p>
          {badge}
        </div>
        {detail !== undefined && <p className="break-words text-ink-2 text-xs">{detail}</p>}
      </div>
      {children !== undefined && <div className="flex flex-wrap gap-2">{children}</div>}
    </li>
  );
}
