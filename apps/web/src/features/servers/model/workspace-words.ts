import type { ServerWorkspace } from '@podex/contracts/moves';

interface Standing {
  label: string;
  tone: 'neutral' | 'accent' | 'success' | 'warning' | 'danger';
  isBusy?: boolean;
}

const WORDS: Readonly<Record<ServerWorkspace['status'], Standing>> = {
  creating: { label: 'Starting', tone: 'accent', isBusy: true },
  running: { label: 'Running', tone: 'success' },
  pausing: { label: 'Pausing', tone: 'accent', isBusy: true },
  paused: { label: 'Paused', tone: 'neutral' },
  stopping: { label: 'Stopping', tone: 'accent', isBusy: true },
  stopped: { label: 'Stopped', tone: 'neutral' },
  unreachable: { label: 'Unreachable', tone: 'warning' },
  failed: { label: 'Failed', tone: 'danger' },
  deleted: { label: 'Deleting', tone: 'accent', isBusy: true },
};

/** How a workspace is, for an admin who looks at its server. */
export function standingOf({ status, desired_status: desired }: ServerWorkspace): Standing {
  return WORDS[desired === 'deleted' ? 'deleted' : status];
}
