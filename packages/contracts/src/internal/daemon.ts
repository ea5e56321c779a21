import { z } from 'zod';

export {
  DAEMON_PROTOCOL,
  DAEMON_RUNTIME_BASE,
  DAEMON_UPGRADES_PATH,
  UPGRADE_MAX_BYTES,
} from './daemon-code.ts';
export {
  DAEMON_LINK_SOCKET_PATH,
  DAEMON_SOCKET_PATH,
  type LinkTarget,
  linkAuthority,
  parseLinkAuthority,
} from './link.ts';

/** Where the runtime volume (start, Node, daemon, bridge) is mounted, read-only. */
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
/** What git’s settings of the system include. In a folder that everyone may enter and root alone changes. */
export const GIT_SETTINGS_PATH = '/run/podex-git/gitconfig';
/** Of the daemon’s command line: its files lie on a disk of the workspace’s own. */
export const OWN_DISK_OPTION = 'own-disk';
export const WORKSPACE_HOME_PATH = '/home/dev';
export const WORKSPACE_USER = { name: 'dev', uid: 1000, gid: 1000 } as const;

const buildVersion = z.string().regex(/^\w[\w.-]{0,63}$/);

/** Which daemon runs, and what it runs from its next start on. An older one says little of this. */
export const daemonBuild = z.object({
  version: z.string().max(64),
  protocol: z.number().int().default(1),
  runtime_base: z.number().int().default(0),
  /** null: the same. */
  next_version: z.string().nullable().default(null),
  /** What was to run and did not come up, so that the volume’s own code runs again. */
  upgrade_failed: z.string().nullable().default(null),
});
export type DaemonBuild = z.infer<typeof daemonBuild>;

export const upgradeQuery = z.object({
  version: buildVersion,
  base: z.coerce.number().int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type UpgradeQuery = z.infer<typeof upgradeQuery>;
export const upgradeTaken = daemonBuild.pick({ next_version: true });

/**
 * What the daemon answers besides the workspace API; forwarded to nobody:
 * `GET /health` → daemonHealth, `PUT /settings` daemonSettings → daemonSettingsTaken, `PUT /upgrade` upgradeQuery, the code in Brotli →
 * upgradeTaken; `/questions`, see git-credentials.ts.
 */
export const daemonHealth = daemonBuild.extend({
  ok: z.literal(true),
  uptime_seconds: z.number(),
  terminals: z.number().int(),
  running_commands: z.number().int(),
  /** Terminals in which a program runs beside the shell. An older daemon does not say. */
  busy_terminals: z.number().int().default(0),
});
export type DaemonHealth = z.infer<typeof daemonHealth>;

/** Given at every start, before the first use. `env` is added to terminals and commands started from then on. */
export const daemonSettings = z.object({
  workspace_id: z.string(),
  name: z.string(),
  env: z.record(z.string(), z.string()),
});
export type DaemonSettings = z.infer<typeof daemonSettings>;

/** An older daemon responds with nothing. */
export const daemonSettingsTaken = z
  .object({
    /** It found its storage empty when it started, and these are its first settings since. */
    has_new_storage: z.boolean(),
    daemon: daemonBuild.optional(),
  })
  .default({ has_new_storage: false });
