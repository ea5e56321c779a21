import { BlockList, isIP } from 'node:net';

/** Where a proxy of our own can stand: this machine and private networks. */
const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('127.0.0.0', 8, 'ipv4');
PRIVATE.addSubnet('172.16.0.0', 12, 'ipv4');
PRIVATE.addSubnet('192.168.0.0', 16, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/**
 * The address a request comes from. `X-Forwarded-For` is believed only from a private peer, and only its last entry, the one that
 * the nearest proxy wrote itself: everything before it can be forged.
 */
export function clientAddress(peer: string | undefined, forwardedFor: string | undefined): string {
  const address = normalise(peer ?? '');
  if (forwardedFor === undefined || !isPrivate(address)) return address;
  const nearest = normalise(forwardedFor.split(',').at(-1)?.trim() ?? '');
  return isIP(nearest) === 0 ? address : nearest;
}

/** IPv4 in IPv6 notation is IPv4. */
function normalise(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function isPrivate(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && PRIVATE.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
