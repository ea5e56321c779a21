import type { WebConfig } from './config.ts';

export const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether the page may be shown under this `Host`: the one of FRONTEND_URL, and this machine’s names where that is one of them or the page
 * is being developed. A name of somebody else’s that leads here (DNS rebinding) gets nothing.
 */
export function isPageHost(host: string | null, { pageOrigin, isDevelopment }: WebConfig): boolean {
  if (pageOrigin === undefined) return true;
  const hostname = hostnameOf(host)?.toLowerCase().replace(/\.$/, '');
  const { hostname: own } = new URL(pageOrigin);
  const isLocal = isDevelopment || LOOPBACK_HOSTS.includes(own);
  return hostname !== undefined && (hostname === own || (isLocal && LOOPBACK_HOSTS.includes(hostname)));
}

/** Undefined for whatever is not plainly a host. */
export function hostnameOf(host: string | null): string | undefined {
  return /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.exec(host ?? '')?.[1];
}
