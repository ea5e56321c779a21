/** Where the daemon listens inside every workspace. The folder is root’s alone. */
export const DAEMON_SOCKET_PATH = '/run/podex/daemon.sock';
/** Where it serves links. The bridge, which `docker exec` starts, carries a link’s bytes between there and its stdio. */
export const DAEMON_LINK_SOCKET_PATH = '/run/podex/link.sock';

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
