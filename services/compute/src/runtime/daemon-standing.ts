import { DAEMON_PROTOCOL, DAEMON_RUNTIME_BASE, type DaemonBuild } from '@podex/contracts/internal/daemon';
import type { DaemonUpdate } from '@podex/contracts/workspaces';

/** How a daemon stands to the version that this compute would have run. `offer`: it does not know of it yet, and can take it. */
export type Standing = DaemonUpdate | 'current' | 'offer';

/** What a daemon is that says nothing of itself. */
export const SILENT_BUILD: DaemonBuild = {
  version: '',
  protocol: 1,
  runtime_base: 0,
  next_version: null,
  upgrade_failed: null,
};

/**
 * A daemon of a newer protocol than ours is left as it is: another compute, which is newer, looks after it. Between versions of one
 * protocol the last that is offered counts, which is the newest’s once a deploy is over; whichever it is, all serve it.
 */
export function standingOf(build: DaemonBuild, ownVersion: string): Standing {
  if (build.protocol > DAEMON_PROTOCOL) return 'current';
  if (build.version === ownVersion) return build.next_version === null ? 'current' : 'at_next_start';
  if (build.next_version === ownVersion) return 'at_next_start';
  if (build.runtime_base !== DAEMON_RUNTIME_BASE || build.upgrade_failed === ownVersion)
    return 'needs_rebuild';
  return 'offer';
}
