import type { ReactNode } from 'react';

interface PageHeadingProps {
  title: string;
  /** One line under the title. */
  description?: ReactNode;
  /** Buttons, at the end of the title’s row. */
  actions?: ReactNode;
}

/** The top of a page: what it is, and what can be done with the whole of it. */
export function PageHeading({ title, description, actions }: PageHeadingProps) {
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-40">
        <h1 className="truncate font-semibold text-lg tracking-tight">{title}</h1>
        {description !== undefined && <div className="text-ink-2 text-xs">{description}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </div>
  );
}
