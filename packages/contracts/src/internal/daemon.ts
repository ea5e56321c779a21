import { z } from 'zod';

export { DAEMON_SOCKET_PATH, type LinkTarget, linkAuthority, parseLinkAuthority } from './link.ts';

/** Where the runtime volume (Node, daemon, bridge) is mounted, read-only. */
export const DAEMON_MOUNT_PATH = '/opt/podex';
/** Journal of commands and idempotent operations; root only; outlives the container. */
export const DAEMON_STATE_PATH = '/var/lib/podex';
export const WORKSPACE_HOME_PATH = '/home/dev';
export const WORKSPACE_USER = { name: 'dev', uid: 1000, gid: 1000 } as const;

/**
 * What the daemon answers besides the workspace API; forwarded to nobody:
 * `GET /health` → daemonHealth, `PUT /settings` daemonSettings → 204.
 */
export const daemonHealth = z.object({
  ok: z.literal(true),
  version: z.string(),
  uptime_seconds: z.number(),
  terminals: z.number().int(),
  running_commands: z.number().int(),
});

/** Given at every start, before the first use. `env` is added to terminals and commands started from then on. */
export const daemonSettings = z.object({
  workspace_id: z.string(),
  name: z.string(),
  env: z.record(z.string(), z.string()),
});
export type DaemonSettings = z.infer<typeof daemonSettings>;
