import { type ErrorCode, PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import { REFUSALS_MAX, type RoomWait } from '@podex/contracts/waiting';
import type { DesiredStatus, WorkspaceStatus } from '@podex/contracts/workspaces';
import { backoffMs } from '@podex/service-kit/waiting';
import { reasonForUsers } from '../api/reasons-for-users.ts';

/** What is told to api about a workspace: settled, or to be claimed again after `retryInMs`. */
export interface Outcome {
  status: WorkspaceStatus;
  reason: string | null;
  containerId: string | null;
  retryInMs?: number;
  /** Why no server took it. */
  waitsFor?: RoomWait;
}

/** Failed tries in a row after which a workspace that shall run rests as failed, until its owner starts it again. */
const MAX_ATTEMPTS = 6;
const MAX_RETRY_MS = 60_000;

/** Not the workspace’s fault, and expected to pass: retried for as long as it takes. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set([
  'no_server_available',
  'limit_reached',
  'conflict',
  'server_unreachable',
  'service_unavailable',
  'timed_out',
]);

const ON_THE_WAY: Readonly<Record<DesiredStatus, WorkspaceStatus>> = {
  running: 'creating',
  paused: 'pausing',
  stopped: 'stopping',
  deleted: 'stopping',
};

export function statusOnTheWay(desired: DesiredStatus): WorkspaceStatus {
  return ON_THE_WAY[desired];
}

/** A try failed. Stopping and deleting are tried indefinitely; starting is given up when trying again cannot help. */
export function outcomeOfFailure(task: WorkspaceTask, error: unknown, containerId: string | null): Outcome {
  const reason = reasonForUsers(error);
  const isHopeless =
    PodexError.isInstance(error) &&
    !TRANSIENT.has(error.code) &&
    (error.retry === 'never' || task.attempts + 1 >= MAX_ATTEMPTS);
  const isUnknown = !PodexError.isInstance(error) && task.attempts + 1 >= MAX_ATTEMPTS;
  if (task.desired_status === 'running' && (isHopeless || isUnknown))
    return { status: 'failed', reason, containerId };
  const status = PodexError.has(error, 'server_unreachable')
    ? 'unreachable'
    : statusOnTheWay(task.desired_status);
  const waitsFor = task.desired_status === 'running' ? waitOf(error) : undefined;
  const retryInMs = backoffMs(task.attempts, 1_000, MAX_RETRY_MS);
  return { status, reason, containerId, retryInMs, ...(waitsFor === undefined ? {} : { waitsFor }) };
}

/** For admins, with the names and figures of servers. */
function waitOf(error: unknown): RoomWait | undefined {
  if (PodexError.has(error, 'no_server_available')) {
    // That its files are not on the others is nothing that anyone could mend.
    const refusals = error.context.refusals.filter(({ cause }) => cause !== 'elsewhere');
    return { refusals: refusals.slice(0, REFUSALS_MAX), max_workspaces: null };
  }
  if (PodexError.has(error, 'limit_reached') && error.context.limit === 'max_workspaces')
    return { refusals: [], max_workspaces: error.context.max };
  return undefined;
}
