import { z } from 'zod';

export {
  DAEMON_LINK_SOCKET_PATH,
  DAEMON_SOCKET_PATH,
  type LinkTarget,
  linkAuthority,
  parseLinkAuthority,
} from './link.ts';

/** Where the runtime volume (Node, daemon, bridge) is mounted, read-only. */
export const DAEMON_MOUNT_PATH = '/opt/podex';
/** Of every Node of ours inside a workspace: its user could otherwise open a debugger in it by a signal. */
export const WORKSPACE_NODE_FLAGS = ['--disable-sigusr1'] as const;
/** Variables that load code into Node, open its debugger or have it write files; an image may set them, and they are emptied. */
export const CLEARED_NODE_VARIABLES = [
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_ICU_DATA',
  'NODE_REDIRECT_WARNINGS',
  'NODE_V8_COVERAGE',
] as const;
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
