'use client';

import { clsx } from 'clsx';
import { Tooltip } from '#components/tooltip.tsx';
import { useConnectionStatus, useLiveEvents } from '#lib/live-context.tsx';
import type { ConnectionStatus } from '#lib/reconnecting-socket.ts';

const WORDS: Record<ConnectionStatus, { label: string; note: string; dot: string }> = {
  live: { label: 'Live', note: 'Everything on this page is up to date.', dot: 'bg-success' },
  connecting: {
    label: 'Connecting…',
    note: 'Connecting to live updates.',
    dot: 'bg-ink-3 animate-pulse-soft',
  },
  reconnecting: {
    label: 'Reconnecting…',
    note: 'The connection was lost. You will see everything you missed once it is back.',
    dot: 'bg-warning animate-pulse-soft',
  },
  offline: {
    label: 'Offline',
    note: "Can't reach Podex. Podex keeps retrying; click to retry now.",
    dot: 'bg-danger',
  },
};

/** Whether the page receives live updates. Quiet while it does. */
export function ConnectionState() {
  const live = useLiveEvents();
  const status = useConnectionStatus();
  const { label, note, dot } = WORDS[status];
  return (
    <Tooltip content={note}>
      <button
        type="button"
        data-testid="connection-state"
        data-status={status}
        onClick={() => live.retryNow()}
        className="flex h-7 shrink-0 items-center gap-1.5 rounded-md px-2 text-ink-3 text-xs hover:bg-hover"
      >
        <span aria-hidden className={clsx('size-1.5 rounded-full', dot)} />
        <span role="status" className={clsx(status === 'live' && 'sr-only sm:not-sr-only')}>
          {label}
        </span>
      </button>
    </Tooltip>
  );
}
