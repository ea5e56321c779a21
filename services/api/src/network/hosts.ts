import type { IncomingMessage } from 'node:http';
import { PodexError } from '@podex/contracts/errors';

export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** May a secret or a code be sent there? Over https, or within this machine. */
export function isSafeProviderUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.includes(url.hostname));
}

/** A name under which api may be asked; any port when none is given. */
export interface HostName {
  hostname: string;
  port: string | undefined;
}

/**
 * Names under which api answers: the page’s host and its `api.` sibling, this machine’s loopback names when the page is there, and
 * what the operator adds. A page on any other name that leads here (DNS rebinding) gets nothing.
 */
export function listAllowedHosts({
  frontendOrigin,
  apiHosts,
}: {
  frontendOrigin: string;
  apiHosts: readonly HostName[];
}): HostName[] {
  const { hostname } = new URL(frontendOrigin);
  const isLoopback = LOOPBACK_HOSTS.includes(hostname);
  const names = isLoopback ? LOOPBACK_HOSTS : [hostname, `api.${hostname}`];
  return [...names.map((name) => ({ hostname: name, port: undefined })), ...apiHosts];
}

/** Undefined for what is no host name with or without a port. */
export function parseHost(value: string): HostName | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?)(?::(\d{1,5}))?$/i.exec(value);
  if (match === null || value.length > 262) return undefined;
  const [, hostname = '', port] = match;
  return { hostname: hostname.toLowerCase().replace(/\.$/, ''), port };
}

/** Where health is asked by address, and a bearer key alone opens metrics. */
const ANY_HOST = /^\/(health|ready|metrics)$/;

/** @throws PodexError invalid_request, host_not_allowed. */
export type RequireHost = (request: Pick<IncomingMessage, 'headersDistinct'>, path: string) => void;

export function createRequireHost(allowed: readonly HostName[]): RequireHost {
  return ({ headersDistinct: { host: given = [] } }, path) => {
    const host = given.length === 1 ? parseHost(given[0] ?? '') : undefined;
    if (host === undefined) {
      throw new PodexError('invalid_request', 'Send exactly one Host header with a host name.', {});
    }
    if (ANY_HOST.test(path)) return;
    const isAllowed = allowed.some(
      ({ hostname, port }) => hostname === host.hostname && (port === undefined || port === host.port),
    );
    if (isAllowed) return;
    throw new PodexError(
      'host_not_allowed',
      `Podex can’t be reached as ${host.hostname}. If it should, add the name to API_HOSTS of api, or set FRONTEND_URL to the address of the page.`,
      { host: host.hostname },
    );
  };
}
