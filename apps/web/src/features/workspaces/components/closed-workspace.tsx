'use client';

import type { Workspace } from '@podex/contracts/workspaces';
import { CircleAlert, Moon, Play, Power, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '#components/button.tsx';
import { EmptyState } from '#components/empty-state.tsx';
import { Spinner } from '#components/spinner.tsx';
import { messageOf } from '#lib/api-client.ts';
import { may } from '#lib/may.ts';
import { usePowerWorkspace } from '../api/change-workspace.ts';
import { standingOf } from '../model/workspace-status.ts';

const START_LABELS: Partial<Record<Workspace['status'], string>> = { failed: 'Retry', paused: 'Resume' };

/** Replaces files and terminals while the workspace is not running: its status, why, and what to do. */
export function ClosedWorkspace({ workspace }: { workspace: Workspace }) {
  const power = usePowerWorkspace(workspace.id);
  const { canStart } = standingOf(workspace);
  const { icon, title, text } = describe(workspace);
  return (
    <div className="h-full bg-surface" data-testid="closed-workspace">
      <EmptyState
        icon={icon}
        title={title}
        actions={
          canStart &&
          may(workspace.relation, 'start') && (
            <Button variant="primary" isBusy={power.isPending} onClick={() => power.mutate('start')}>
              {!power.isPending && <Play aria-hidden className="size-3.5 fill-current" />}
              {START_LABELS[workspace.status] ?? 'Start'}
            </Button>
          )
        }
      >
        <p role="status">{text}</p>
        {power.isError && (
          <p role="alert" className="mt-2 text-danger">
            {messageOf(power.error)}
          </p>
        )}
      </EmptyState>
    </div>
  );
}

function describe(workspace: Workspace): { icon: ReactNode; title: string; text: string } {
  const { label, isBusy } = standingOf(workspace);
  const { status, reason } = workspace;
  if (isBusy)
    return { icon: <Spinner className="size-5" />, title: `${label}…`, text: reason ?? busyText(label) };
  if (status === 'failed') {
    return {
      icon: <CircleAlert />,
      title: 'The workspace failed',
      text: reason ?? 'No reason was reported. Retry, or ask an administrator.',
    };
  }
  if (status === 'unreachable') {
    return {
      icon: <Unplug />,
      title: 'Unreachable',
      text:
        reason ?? "Can't reach the server. Its files are kept there, and it comes back when the server does.",
    };
  }
  if (status === 'paused') {
    return {
      icon: <Moon />,
      title: 'Paused',
      text: reason ?? 'Everything in it is kept as it was and goes on when you resume it.',
    };
  }
  return { icon: <Power />, title: 'Stopped', text: reason ?? 'Its files and installed packages are kept.' };
}

function busyText(label: string): string {
  if (label === 'Starting') return 'Files and terminals appear here in a moment.';
  return label === 'Deleting' ? 'Its files are being removed.' : 'This takes a moment.';
}
