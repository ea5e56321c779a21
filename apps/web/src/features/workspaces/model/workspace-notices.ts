import type { Workspace } from '@podex/contracts/workspaces';
import { isUsable } from './workspace-status.ts';

/** As api warns: so long before, or at half time when that is sooner. */
const WARN_BEFORE_MS = 5 * 60_000;

type Noticed = Pick<
  Workspace,
  'reason' | 'setup' | 'daemon_update' | 'stops_at' | 'last_active_at' | 'status' | 'desired_status'
>;

/** Whether it is about to be stopped for being idle. */
export function isStoppingSoon(workspace: Noticed, now: number): boolean {
  const { stops_at: stopsAt, last_active_at: usedAt } = workspace;
  if (stopsAt === null || !isUsable(workspace)) return false;
  const timeoutMs = Date.parse(stopsAt) - Date.parse(usedAt);
  return Date.parse(stopsAt) - now <= Math.min(WARN_BEFORE_MS, timeoutMs / 2);
}

/** Whether there is something to say of a workspace that runs. */
export function hasNotices(workspace: Noticed, now: number): boolean {
  const { reason, setup, daemon_update: update } = workspace;
  const isSettingUp = setup !== null && setup.status !== 'done';
  return reason !== null || isSettingUp || update !== null || isStoppingSoon(workspace, now);
}
