import { assertNever } from '@podex/contracts/errors';
import type { Workspace } from '@podex/contracts/workspaces';

/** The status that the page shows: the observed status, read together with the desired one. */
export interface WorkspaceStanding {
  label: string;
  tone: 'neutral' | 'accent' | 'success' | 'warning' | 'danger';
  /** A change is in progress and needs no action. */
  isBusy: boolean;
  canStart: boolean;
  canStop: boolean;
}

type Wanted = Pick<Workspace, 'status' | 'desired_status'>;

const under = (label: string): WorkspaceStanding => ({
  label,
  tone: 'accent',
  isBusy: true,
  canStart: false,
  canStop: false,
});
const still = (label: string, tone: WorkspaceStanding['tone'], can: { start: boolean; stop: boolean }) => ({
  label,
  tone,
  isBusy: false,
  canStart: can.start,
  canStop: can.stop,
});

export function standingOf({ status, desired_status: desired }: Wanted): WorkspaceStanding {
  if (desired === 'deleted' || status === 'deleted') return under('Deleting');
  switch (status) {
    case 'creating':
      return desired === 'running' ? { ...under('Starting'), canStop: true } : under('Stopping');
    case 'running':
      if (desired === 'running') return still('Running', 'success', { start: false, stop: true });
      return under(desired === 'paused' ? 'Pausing' : 'Stopping');
    case 'pausing':
      return under('Pausing');
    case 'paused':
      if (desired === 'paused') return still('Paused', 'neutral', { start: true, stop: true });
      return under(desired === 'running' ? 'Resuming' : 'Stopping');
    case 'stopping':
      return under('Stopping');
    case 'stopped':
      if (desired === 'running') return { ...under('Starting'), canStop: true };
      return still('Stopped', 'neutral', { start: true, stop: false });
    case 'unreachable':
      return still('Unreachable', 'warning', { start: desired !== 'running', stop: desired === 'running' });
    case 'failed':
      return still('Failed', 'danger', { start: true, stop: desired === 'running' });
    default:
      return assertNever(status);
  }
}

/** Terminals, files and the agent are available. */
export function isUsable({ status, desired_status: desired }: Wanted): boolean {
  return status === 'running' && desired === 'running';
}
