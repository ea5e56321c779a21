import type { ActiveChoice } from '@podex/contracts/moves';
import type { DesiredStatus, WorkspaceStatus } from '@podex/contracts/workspaces';

/** What is true of a workspace on a server that is to be emptied. */
export interface DrainedWorkspace {
  desired_status: DesiredStatus;
  status: WorkspaceStatus;
  settled: boolean;
}

/** `leave`: it is going away by itself. `move`: nothing runs. `wait`: moved once it has stopped. `stop`: stopped for it, and started again. */
export type DrainStep = 'leave' | 'move' | 'wait' | 'stop';

/** @returns what becomes of it, by nothing but what is true of it and what was asked for. */
export function drainStep(workspace: DrainedWorkspace, active: ActiveChoice): DrainStep {
  if (workspace.desired_status === 'deleted' || workspace.status === 'deleted') return 'leave';
  if (workspace.settled && (workspace.status === 'stopped' || workspace.status === 'failed')) return 'move';
  // It is stopping already: to stop it once more would have it started again afterwards.
  if (workspace.desired_status === 'stopped') return 'wait';
  return active;
}
