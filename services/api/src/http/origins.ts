import type { ApiConfig } from '../config.ts';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Origins whose pages may use a session: the page’s own; in development the other names of this machine as well. */
export function listAllowedOrigins(config: Pick<ApiConfig, 'frontendOrigin' | 'isDevelopment'>): string[] {
  const page = new URL(config.frontendOrigin);
  if (!config.isDevelopment || !LOOPBACK_HOSTS.includes(page.hostname)) return [page.origin];
  return LOOPBACK_HOSTS.map((host) => `${page.protocol}//${host}${page.port === '' ? '' : `:${page.port}`}`);
}

export interface OriginPolicy {
  /** May a page of this origin read answers and use a session? */
  isAllowed(origin: string): boolean;
  /** The same, or the origin of api itself (its documentation), as the request’s `Host` names it. */
  isAllowedAt(origin: string, host: string | undefined): boolean;
}

export function createOriginPolicy(allowed: readonly string[]): OriginPolicy {
  const origins = new Set(allowed);
  const isAllowed = (origin: string) => origins.has(origin);
  return {
    isAllowed,
    isAllowedAt: (origin, host) =>
      isAllowed(origin) || (URL.canParse(origin) && new URL(origin).host === host),
  };
}
