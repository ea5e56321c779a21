import type { EventBody } from '@podex/contracts/events';
import type { Workspace, WorkspaceSetup, WorkspaceStatus } from '@podex/contracts/workspaces';
import { type Built, pendingReason } from './rebuild.ts';
import type { ListedWorkspaceRow, WorkspaceRow } from './workspace-store.ts';

/** What a silent server says nothing new about. A stopped or failed workspace needs no server to be that. */
const NEEDS_ITS_SERVER: ReadonlySet<WorkspaceStatus> = new Set([
  'creating',
  'running',
  'pausing',
  'paused',
  'stopping',
]);

/** Status and reason as people see them: never `running` on a server that can’t be reached. */
export function seenStatus(
  row: Pick<WorkspaceRow, 'status' | 'reason' | 'stop_reason' | 'server_observed_status'> & Built,
): {
  status: WorkspaceStatus;
  reason: string | null;
} {
  if (row.server_observed_status !== 'unreachable' || !NEEDS_ITS_SERVER.has(row.status)) {
    return { status: row.status, reason: row.reason ?? row.stop_reason ?? pendingReason(row) };
  }
  return { status: 'unreachable', reason: 'Can’t reach its server. Nothing is lost.' };
}

export function presentWorkspace(row: ListedWorkspaceRow): Workspace {
  return {
    id: row.id,
    name: row.name,
    owner_id: row.owner_id,
    team_id: row.team_id,
    relation: row.relation,
    desired_status: row.desired_status,
    ...seenStatus(row),
    server_id: row.server_id,
    region: row.region,
    region_match: row.region_match,
    labels: row.required_labels,
    size: row.size,
    image: row.placed_image ?? row.image ?? 'default',
    git_url: row.git_url === null ? null : withoutCredentials(row.git_url),
    branch: row.branch,
    setup: setupOf(row),
    ports: row.ports,
    started_from: row.started_from,
    network_mode: row.network_mode,
    created_at: row.created_at.toISOString(),
    last_active_at: row.last_active_at.toISOString(),
    stops_at: row.stops_at?.toISOString() ?? null,
    idle_timeout_seconds: row.idle_timeout_seconds,
    auto_start: row.auto_start,
    daemon_update: row.daemon_update,
  };
}

/** Who may see a workspace need not be the one who signs in to the host of its repository. */
function withoutCredentials(gitUrl: string): string {
  const url = URL.parse(gitUrl);
  if (url === null || (url.username === '' && url.password === '')) return gitUrl;
  url.password = '';
  // The user name of ssh is no secret, and the address does not work without it.
  if (url.protocol !== 'ssh:') url.username = '';
  return url.href;
}

export function workspaceChanged(row: WorkspaceRow): EventBody {
  return {
    type: 'workspace.changed',
    workspace_id: row.id,
    desired_status: row.desired_status,
    ...seenStatus(row),
    setup: setupOf(row),
    stops_at: row.stops_at?.toISOString() ?? null,
    daemon_update: row.daemon_update,
  };
}

function setupOf(
  row: Pick<WorkspaceRow, 'setup_step' | 'setup_status' | 'setup_reason'>,
): WorkspaceSetup | null {
  const { setup_step: step, setup_status: status, setup_reason: reason } = row;
  return step === null || status === null ? null : { step, status, reason };
}
