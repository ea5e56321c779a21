'use client';

import type { ReactNode } from 'react';
import { Button } from '#components/button.tsx';
import { Spinner } from '#components/spinner.tsx';
import type { TerminalState } from '../model/terminal-transport.ts';

interface TerminalOverlayProps {
  state: TerminalState;
  onRetry: () => void;
  onClose: () => void;
}

/** What stands over a terminal that is not simply working. What it shows stays readable. */
export function TerminalOverlay({ state, onRetry, onClose }: TerminalOverlayProps) {
  if (state.rejection !== null) {
    return (
      <Bar
        action={
          <Button size="sm" onClick={onClose}>
            Close
          </Button>
        }
      >
        This terminal no longer exists. Its shell exited, or the workspace was restarted.
      </Bar>
    );
  }
  if (state.exit !== null) {
    return (
      <Bar
        action={
          <Button size="sm" onClick={onClose}>
            Close
          </Button>
        }
      >
        The shell exited
        {state.exit.signal !== null ? ` (${state.exit.signal})` : ` with code ${state.exit.code ?? '?'}`}.
      </Bar>
    );
  }
  switch (state.connection) {
    case 'live':
      return <LiveChip state={state} />;
    case 'connecting':
      return (
        <Chip>
          <Spinner /> Connecting…
        </Chip>
      );
    case 'reconnecting':
      return (
        <Chip>
          <Spinner /> Reconnecting…{' '}
          {state.hasLostInput ? 'Some of what you typed was lost.' : 'The shell is still running.'}
        </Chip>
      );
    case 'offline':
      return (
        <Bar
          action={
            <Button size="sm" onClick={onRetry}>
              Retry now
            </Button>
          }
        >
          Can't reach Podex. The shell is still running, and Podex keeps retrying.
        </Bar>
      );
  }
}

function LiveChip({ state }: { state: TerminalState }) {
  if (state.isWatching) return <Chip>View only. What you type changes nothing.</Chip>;
  if (state.hasLostInput) return <Chip>The paste is too large for this terminal and was not sent.</Chip>;
  if (state.isInputHeld)
    return <Chip>Waiting for the program to read the paste. Press Ctrl+C to drop it.</Chip>;
  return null;
}

function Chip({ children }: { children: ReactNode }) {
  return (
    <p
      role="status"
      className="absolute top-2 right-4 flex items-center gap-2 rounded-md bg-raised px-2.5 py-1 text-ink-2 text-xs shadow-2"
    >
      {children}
    </p>
  );
}

function Bar({ children, action }: { children: ReactNode; action: ReactNode }) {
  return (
    <div
      role="status"
      className="absolute inset-x-2 bottom-2 flex items-center justify-between gap-3 rounded-lg bg-raised px-3 py-2 text-ink-2 text-xs shadow-2"
    >
      <p>{children}</p>
      {action}
    </div>
  );
}
