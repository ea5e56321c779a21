import type { ReactNode } from 'react';

interface AccountSectionProps {
  title: string;
  /** One sentence under the title. */
  description?: ReactNode;
  children: ReactNode;
}

/** One card of the account page. */
export function AccountSection({ title, description, children }: AccountSectionProps) {
  return (
    <section className="min-w-0 rounded-lg border bg-surface p-4" aria-label={title}>
      <h2 className="font-medium">{title}</h2>
      {description !== undefined && <p className="text-ink-2 text-xs">{description}</p>}
      <div className="mt-3">{children}</div>
    </section>
  );
}
