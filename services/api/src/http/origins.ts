import type { ApiConfig } from '../config.ts';
import { LOOPBACK_HOSTS } from '../network/hosts.ts';

/** Origins whose pages may use a session: the page’s own; in development the other names of this machine as well. */
export function listAllowedOrigins(config: Pick<ApiConfig, 'frontendOrigin' | 'isDevelopment'>): string[] {
  const page = new URL(config.frontendOrigin);
  if (!config.isDevelopment || !LOOPBACK_HOSTS.includes(page.hostname)) return [page.origin];
  return LOOPBACK_HOSTS.map((host) => `${page.protocol}//${host}${page.port === '' ? '' : `:${page.port}`}`);
}

export interface OriginPolicy {
  /** May a page of this origin read responses and use a session? */
  isAllowed(origin: string): boolean;
  /** Is this `Host` that of the page itself: does one proxy serve page and api by one name? */
  isPageHost(host: string): boolean;
}

export function createOriginPolicy(allowed: readonly string[]): OriginPolicy {
  const origins = new Set(allowed);
  const hosts = new Set(allowed.map((origin) => new URL(origin).host));
  return {
    isAllowed: (origin) => origins.has(origin),
    isPageHost: (host) => hosts.has(host.toLowerCase()),
  };
}
