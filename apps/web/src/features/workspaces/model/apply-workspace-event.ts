import type { DurableEvent } from '@podex/contracts/events';
import type { Workspace } from '@podex/contracts/workspaces';

/** The workspace after the event; the same object when the event is about another one or says nothing new. */
export function applyWorkspaceEvent(workspace: Workspace, event: DurableEvent): Workspace {
  if (event.type !== 'workspace.changed' || event.workspace_id !== workspace.id) return workspace;
  const { desired_status, status, reason, setup = workspace.setup, stops_at = workspace.stops_at } = event;
  const { daemon_update = workspace.daemon_update } = event;
  if (
    workspace.desired_status === desired_status &&
    workspace.status === status &&
    workspace.reason === reason &&
    workspace.stops_at === stops_at &&
    workspace.daemon_update === daemon_update &&
    isSameSetup(workspace.setup, setup)
  ) {
    return workspace;
  }
  return { ...workspace, desired_status, status, reason, setup, stops_at, daemon_update };
}

function isSameSetup(one: Workspace['setup'], other: Workspace['setup']): boolean {
  if (one === null || other === null) return one === other;
  return one.step === other.step && one.status === other.status && one.reason === other.reason;
}

/** The list after the event: changed in place, or without a workspace that is gone. */
export function applyWorkspaceEventToList(workspaces: Workspace[], event: DurableEvent): Workspace[] {
  if (event.type !== 'workspace.changed') return workspaces;
  if (event.status === 'deleted') return workspaces.filter(({ id }) => id !== event.workspace_id);
  return workspaces.map((workspace) => applyWorkspaceEvent(workspace, event));
}
