import { type HostName, LOOPBACK_HOSTS } from './hosts.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * What is wrong with a domain of previews; undefined when nothing is. A program in a workspace can set cookies for every domain above its
 * own: Podex’s may not be among them.
 */
export function previewDomainFault(
  domain: string,
  { frontendOrigin, apiHosts }: { frontendOrigin: string; apiHosts: readonly HostName[] },
): string | undefined {
  const own = [new URL(frontendOrigin).hostname, ...apiHosts.map(({ hostname }) => hostname)];
  const related = own.find((host) => isWithin(domain, host) || isWithin(host, domain));
  if (related === undefined || LOOPBACK_HOSTS.includes(related)) return undefined;
  return `must be neither below nor above ${related}: programs in workspaces could set cookies there. Use a domain of its own, such as podex-previews.example`;
}

/** What is wrong with a port of previews on the page’s host; undefined when nothing is. Podex’s own origins may not be theirs. */
export function previewPortFault(
  port: number,
  {
    frontendOrigin,
    apiHosts,
    apiPort,
    hasDomain,
  }: { frontendOrigin: string; apiHosts: readonly HostName[]; apiPort: number; hasDomain: boolean },
): string | undefined {
  if (hasDomain) {
    return 'is of no use with PREVIEW_DOMAIN, which keeps previews apart better; leave out one of the two';
  }
  const page = new URL(frontendOrigin);
  const portOfPage = page.port === '' ? DEFAULT_PORTS[page.protocol] : page.port;
  const own = new Map([
    [portOfPage, 'of FRONTEND_URL'],
    [String(apiPort), 'at which api listens (PORT)'],
    ...apiHosts.map(({ port: named }) => [named, 'of a host in API_HOSTS'] as const),
  ]);
  const whose = own.get(String(port));
  if (whose === undefined) return undefined;
  return `must not be ${port}, the port ${whose}: programs in workspaces answer there. Use one that nothing else has, such as 3004`;
}

/**
 * Whether the two look like parts of one registered domain, for which a program in a workspace could set cookies. Which domains can be
 * registered only a long list knows: this takes the last two labels.
 */
export function sharesSite(domain: string, frontendOrigin: string): boolean {
  const { hostname } = new URL(frontendOrigin);
  return !LOOPBACK_HOSTS.includes(hostname) && siteOf(domain) === siteOf(hostname);
}

function siteOf(hostname: string): string {
  return hostname.split('.').slice(-2).join('.');
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
