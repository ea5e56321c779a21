import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { holdsKey } from '@podex/service-kit/internal-auth';
import type { KeyList } from '@podex/service-kit/key-list';
import type { Logger } from '@podex/service-kit/logger';
import { LOOPBACK_HOSTS, parseHost } from '../network/hosts.ts';

/** What a proxy adds to a request from outside, and no service of Podex sends. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
] as const;

/** A refusal may be a stranger’s, who can make any number of them. */
const WARN_EVERY_MS = 10_000;

export interface InternalDoorOptions {
  keys: KeyList;
  frontendOrigin: string;
  logger: Logger;
}

/**
 * Whether a request to `/internal/…` comes from another service of Podex: it shows a key, and came neither through a proxy nor under a
 * public name of Podex. To any other those routes do not exist. Why it was refused stands in the log alone.
 */
export type AdmitsInternal = (request: Pick<IncomingMessage, 'headers' | 'headersDistinct'>) => boolean;

export function createInternalDoor({ keys, frontendOrigin, logger }: InternalDoorOptions): AdmitsInternal {
  const publicHosts = listPublicHosts(frontendOrigin);
  let warnedAt = Number.NEGATIVE_INFINITY;
  return (request) => {
    const reason = refusalOf(request, keys, publicHosts);
    if (reason === undefined) return true;
    if (performance.now() - warnedAt >= WARN_EVERY_MS) {
      warnedAt = performance.now();
      logger.warn({ reason }, 'internal.refused');
    }
    return false;
  };
}

function refusalOf(
  { headers, headersDistinct }: Parameters<AdmitsInternal>[0],
  keys: KeyList,
  publicHosts: readonly string[],
): string | undefined {
  const forwarding = FORWARDING_HEADERS.find((name) => headers[name] !== undefined);
  if (forwarding !== undefined)
    return `It came through a proxy: it carries ${forwarding}. Services ask api directly.`;
  const host = parseHost(headersDistinct.host?.[0] ?? '')?.hostname;
  if (host !== undefined && publicHosts.includes(host)) {
    return `It came by the public name ${host}. Services ask api by its private address.`;
  }
  if (headersDistinct.authorization?.length === 1 && holdsKey(headers.authorization, keys)) return undefined;
  return 'Its bearer token is none of INTERNAL_SERVICE_TOKEN. Is it the same on agent and compute?';
}

/** Names by which people reach Podex. A bare address, or this machine’s, may be what services use as well. */
function listPublicHosts(frontendOrigin: string): string[] {
  const { hostname } = new URL(frontendOrigin);
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0;
  return isAddress || LOOPBACK_HOSTS.includes(hostname) ? [] : [hostname, `api.${hostname}`];
}
