import type { Workspace } from '@podex/contracts/workspaces';

/** Whether there is something to say of a workspace that runs. */
export function hasNotices({ reason, setup }: Pick<Workspace, 'reason' | 'setup'>): boolean {
  return reason !== null || (setup !== null && setup.status !== 'done');
}
