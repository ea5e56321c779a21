import { type ReactNode, useId } from 'react';

interface SectionProps {
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  /** Beside the title. */
  badge?: ReactNode;
  /** Buttons, at the end of the title’s row. */
  actions?: ReactNode;
  /** The content is a list that reaches the edges; left out for forms and text. */
  isFlush?: boolean;
  children: ReactNode;
}

/** One part of a page of settings: what it is, one sentence about it, and the content. */
export function Section({ title, description, badge, actions, isFlush = false, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-lg border bg-surface">
      <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-0.5 border-b px-4 py-3">
        <div className="flex min-w-0 items-center gap-2">
          <h2 id={id} className="font-semibold text-base">
            {title}
          </h2>
          {badge}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
        {description !== undefined && (
          <p className="basis-full text-pretty text-ink-2 text-xs">{description}</p>
        )}
      </header>
      {isFlush ? children : <div className="p-4">{children}</div>}
    </section>
  );
}

/** The frame of a list that is a page of its own. */
export function Card({ children }: { children: ReactNode }) {
  return <div className="min-w-0 rounded-lg border bg-surface">{children}</div>;
}
