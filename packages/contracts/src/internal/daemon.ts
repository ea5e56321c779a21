import { z } from 'zod';

/** Where the daemon listens inside every workspace. The folder is root’s alone. */
export const DAEMON_SOCKET_PATH = '/run/podex/daemon.sock';
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

/** `:authority` of a CONNECT stream on the link. */
export type LinkTarget = { kind: 'daemon' } | { kind: 'port'; port: number };

export function linkAuthority(target: LinkTarget): string {
  return target.kind === 'daemon' ? 'daemon:0' : `localhost:${target.port}`;
}

/** Undefined for anything but the daemon or a port of the workspace’s own loopback. */
export function parseLinkAuthority(authority: string): LinkTarget | undefined {
  if (authority === 'daemon:0') return { kind: 'daemon' };
  const port = /^localhost:(\d{1,5})$/.exec(authority)?.[1];
  if (port === undefined) return undefined;
  const number = Number(port);
  return number >= 1 && number <= 65_535 ? { kind: 'port', port: number } : undefined;
}
