import type { WorkspaceId } from '../ids.ts';

/**
 * Bytes to a port inside a workspace: api asks compute for this path as an HTTP upgrade to this protocol, with a capability of kind `port`.
 * After the 101 the connection carries the port’s bytes and nothing else, until either end closes it.
 */
export const PORT_TUNNEL_PROTOCOL = 'podex-port';

export function portTunnelPath(id: WorkspaceId, port: number): string {
  return `/workspaces/${id}/port-tunnels/${port}`;
}
