import type { ReactNode } from 'react';

interface WaitingCardProps {
  label: string;
  testId: string;
  icon: ReactNode;
  title: string;
  children: ReactNode;
}

/** The frame of what waits for a person’s answer. */
export function WaitingCard({ label, testId, icon, title, children }: WaitingCardProps) {
  return (
    <section
      aria-label={label}
      data-testid={testId}
      className="flex min-w-0 flex-col gap-2.5 rounded-lg border border-accent/40 bg-accent-soft p-3"
    >
      <header className="flex items-start gap-2">
        {icon}
        <p className="min-w-0 flex-1 font-medium text-sm">{title}</p>
      </header>
      {children}
    </section>
  );
}

const MAX_CHARACTERS = 10_000;

interface AnswerFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  isDisabled: boolean;
}

export function AnswerField({ label, value, onChange, isDisabled }: AnswerFieldProps) {
  return (
    <textarea
      aria-label={label}
      placeholder={label}
      rows={1}
      maxLength={MAX_CHARACTERS}
      value={value}
      disabled={isDisabled}
      onChange={(event) => onChange(event.target.value)}
      className="field-sizing-content block max-h-40 min-h-9 w-full resize-none rounded-md border border-line-strong bg-surface px-2.5 py-2 text-sm placeholder:text-ink-3"
    />
  );
}
