import type { WorkspaceStatus } from '@podex/contracts/workspaces';

/** A turn whose workspace can’t be used for so long fails. */
export const WORKSPACE_WAIT_MAX_MS = 10 * 60_000;
const PAUSE_MIN_MS = 2000;
const PAUSE_MAX_MS = 30_000;

export function isWorkspaceWaitOver(since: Date | null, now: Date): boolean {
  return since !== null && now.getTime() - since.getTime() >= WORKSPACE_WAIT_MAX_MS;
}

/**
 * After how long a turn that has waited `waitedMs` for its workspace tries again. Its status wakes it when it does not run; of one that
 * runs and can’t be reached nothing but the clock tells when it can.
 */
export function workspaceWakeInMs(status: WorkspaceStatus, waitedMs: number): number {
  const leftMs = Math.max(0, WORKSPACE_WAIT_MAX_MS - waitedMs);
  if (status !== 'running') return leftMs;
  return Math.min(leftMs, PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, waitedMs / 2));
}
