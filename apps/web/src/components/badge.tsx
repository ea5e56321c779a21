import { clsx } from 'clsx';
import type { ReactNode } from 'react';

export type Tone = 'neutral' | 'accent' | 'success' | 'warning' | 'danger';

const TONES: Record<Tone, string> = {
  neutral: 'bg-hover text-ink-2',
  accent: 'bg-accent-soft text-accent-text',
  success: 'bg-success-soft text-success',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
};

export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={clsx(
        'inline-flex h-5 shrink-0 items-center gap-1 rounded-md px-1.5 font-medium text-2xs whitespace-nowrap',
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

const DOTS: Record<Tone, string> = {
  neutral: 'text-ink-3',
  accent: 'text-accent-text',
  success: 'text-success',
  warning: 'text-warning',
  danger: 'text-danger',
};

interface StatusProps {
  tone: Tone;
  children: ReactNode;
  /** Something is under way. */
  isBusy?: boolean | undefined;
}

/** A coloured dot and a word; never the colour alone. */
export function Status({ tone, children, isBusy = false }: StatusProps) {
  return (
    <span className="inline-flex items-center gap-1.5 text-ink-2 text-xs whitespace-nowrap">
      <span className={clsx('inline-flex size-2 items-center justify-center', DOTS[tone])} aria-hidden>
        <span className={clsx('size-1.5 rounded-full bg-current', isBusy && 'animate-pulse-soft')} />
      </span>
      {children}
    </span>
  );
}
