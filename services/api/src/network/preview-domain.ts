import { type HostName, LOOPBACK_HOSTS } from './hosts.ts';

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
