import type { WebConfig } from './config.ts';
import { hostnameOf, LOOPBACK_HOSTS } from './page-host.ts';

/** Of api, where nothing else is set and the page is on this machine. */
const LOCAL_PREVIEW_DOMAIN = 'preview.localhost';

export interface PolicyContext {
  config: WebConfig;
  /** The `Host` header of the request. */
  host: string | null;
  nonce: string;
}

/**
 * The policy of every page. Scripts run by nonce alone; the page talks to api and to nothing else. Styles are `unsafe-inline`
 * because xterm.js writes style elements at run time and takes no nonce for them, and React writes style attributes.
 */
export function contentSecurityPolicy({ config, host, nonce }: PolicyContext): string {
  const script = [
    "'self'",
    `'nonce-${nonce}'`,
    "'strict-dynamic'",
    ...(config.isDevelopment ? ["'unsafe-eval'"] : []),
  ];
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'self'"],
    'script-src': script,
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...apiSources(config, host), ...(config.isDevelopment ? ['ws:'] : [])],
    'frame-src': previewSources(config, host),
    'worker-src': ["'self'", 'blob:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

function apiSources(config: WebConfig, host: string | null): string[] {
  const socket = config.wsUrl ?? config.apiUrl?.replace(/^http/, 'ws');
  if (config.apiUrl !== undefined && socket !== undefined) return [config.apiUrl, socket];
  // The header stands in a policy, so nothing but a host may get through.
  const hostname = hostnameOf(host);
  const fallback =
    hostname === undefined
      ? []
      : ['http', 'https', 'ws', 'wss'].map((protocol) => `${protocol}://${hostname}:${config.apiPort}`);
  return socket === undefined ? fallback : [...fallback, socket];
}

/** Where api shows previews, by the rules of api: the page has nothing else in a frame. */
function previewSources(config: WebConfig, host: string | null): string[] {
  const { pageOrigin, previewDomain, previewPort, apiPort } = config;
  const hostname = pageOrigin === undefined ? hostnameOf(host) : new URL(pageOrigin).hostname;
  const protocols = pageOrigin === undefined ? ['http:', 'https:'] : [new URL(pageOrigin).protocol];
  const sources = protocols.flatMap((protocol) => {
    if (hostname !== undefined && previewPort !== undefined)
      return [`${protocol}//${hostname}:${previewPort}`];
    const isLocal = hostname !== undefined && LOOPBACK_HOSTS.includes(hostname);
    const domain = previewDomain ?? (isLocal ? LOCAL_PREVIEW_DOMAIN : undefined);
    if (domain === undefined) return [];
    const isComplete = protocol === 'https:' || /:\d+$/.test(domain);
    return [`${protocol}//*.${domain}${isComplete ? '' : `:${apiPort}`}`];
  });
  return sources.length === 0 ? ["'none'"] : sources;
}
