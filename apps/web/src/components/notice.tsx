import { clsx } from 'clsx';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from './badge.tsx';

type NoticeTone = Exclude<Tone, 'success' | 'neutral'>;

const TONES: Record<NoticeTone, string> = {
  accent: 'bg-accent-soft text-accent-text',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
};
const ICONS = { accent: Info, warning: TriangleAlert, danger: CircleAlert };

interface NoticeProps {
  tone: NoticeTone;
  title?: ReactNode;
  children?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
  /** Read out at once. */
  isAlert?: boolean | undefined;
}

/** Something the user must know, where it applies. */
export function Notice({ tone, title, children, actions, isAlert = false }: NoticeProps) {
  const Icon = ICONS[tone];
  return (
    <div
      {...(isAlert ? { role: 'alert' } : {})}
      className={clsx('flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg px-3 py-2 text-sm', TONES[tone])}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1 basis-48 text-ink">
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className="break-words text-ink-2">{children}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}
