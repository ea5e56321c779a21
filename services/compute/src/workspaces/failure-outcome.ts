import { type ErrorCode, PodexError } from '@podex/contracts/errors';
import type { WorkspaceTask } from '@podex/contracts/internal/compute';
import type { DesiredStatus, WorkspaceStatus } from '@podex/contracts/workspaces';
import { backoffMs } from '@podex/service-kit/waiting';

/** What is told to api about a workspace: settled, or to be claimed again after `retryInMs`. */
export interface Outcome {
  status: WorkspaceStatus;
  reason: string | null;
  containerId: string | null;
  retryInMs?: number;
}

/** Failed tries in a row after which a workspace that shall run rests as failed, until its owner starts it again. */
const MAX_ATTEMPTS = 6;
const MAX_RETRY_MS = 60_000;
const MAX_SERVERS_NAMED = 5;
const MAX_REASON_LENGTH = 240;

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
  const reason = reasonOf(error);
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
  return { status, reason, containerId, retryInMs: backoffMs(task.attempts, 1_000, MAX_RETRY_MS) };
}

function reasonOf(error: unknown): string {
  if (!PodexError.isInstance(error))
    return 'Something went wrong in Podex. The log of compute has the detail.';
  if (!PodexError.has(error, 'no_server_available')) return error.message.slice(0, 2000);
  return `${error.message} ${describeServers(error.context.reasons)}`.slice(0, 2000);
}

/** Short enough to be read: the whole of each reason stands with its server. */
function describeServers(reasons: Record<string, string>): string {
  const all = Object.entries(reasons);
  const shown = all.slice(0, MAX_SERVERS_NAMED).map(([name, reason]) => {
    const text = `${name} ${reason}`.replace(/\.$/, '');
    return text.length > MAX_REASON_LENGTH ? `${text.slice(0, MAX_REASON_LENGTH)}…` : text;
  });
  const more = all.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}
