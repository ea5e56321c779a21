import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses of proxies that may say whom they speak for. */
export type TrustedProxies = BlockList;

const ENTRY = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i;
const ADDRESS_BITS = { ipv4: 32, ipv6: 128 } as const;
/** A household or a server gets at least so much of IPv6 to itself. */
const IPV6_NETWORK_GROUPS = 4;

/**
 * Addresses and CIDR ranges, separated by commas.
 *
 * @returns the entries that are neither, when there are such.
 */
export function parseTrustedProxies(text: string): { proxies: TrustedProxies; malformed: string[] } {
  const proxies = new BlockList();
  const entries = text.split(',').map((entry) => entry.trim());
  const malformed = entries.filter((entry) => entry !== '' && !addEntry(proxies, entry));
  return { proxies, malformed };
}

function addEntry(proxies: BlockList, entry: string): boolean {
  const [, given = '', bits] = ENTRY.exec(entry) ?? [];
  const address = normaliseAddress(given);
  // A range of IPv4 in IPv6 notation counts other bits than it seems to: it is refused.
  if (address === undefined || (bits !== undefined && address !== given.toLowerCase() && isIP(address) === 4))
    return false;
  const family = familyOf(address);
  const prefix = bits === undefined ? ADDRESS_BITS[family] : Number(bits);
  if (prefix > ADDRESS_BITS[family]) return false;
  proxies.addSubnet(address, prefix, family);
  return true;
}

/**
 * The address a request comes from. `X-Forwarded-For` counts only from a trusted proxy: each proxy appends the address that it
 * saw, so the list is read from its end, past the trusted proxies, to the first address that is none. What stands before that one
 * can be forged. Without a readable entry, the last proxy that was reached is the client.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  proxies: TrustedProxies,
): string {
  let client = normaliseAddress(peer ?? '');
  if (client === undefined) return '';
  for (const entry of (forwardedFor ?? '').split(',').reverse()) {
    if (!isTrusted(proxies, client)) return client;
    const next = normaliseAddress(entry.trim());
    if (next === undefined) return client;
    client = next;
  }
  return client;
}

/** Whether the peer of a connection is a proxy that may say whom it speaks for. */
export function isTrustedProxy(proxies: TrustedProxies, peer: string): boolean {
  const address = normaliseAddress(peer);
  return address !== undefined && isTrusted(proxies, address);
}

function isTrusted(proxies: TrustedProxies, address: string): boolean {
  return proxies.check(address, familyOf(address));
}

/** Of the client behind a request. */
export type AddressOf = (request: IncomingMessage) => string;

export function createAddressOf(proxies: TrustedProxies): AddressOf {
  return ({ socket, headers }) => {
    const forwardedFor = headers['x-forwarded-for'];
    const list = Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor;
    return clientAddress(socket.remoteAddress, list, proxies);
  };
}

/** What counts as one client: an IPv4 address, or the /64 network of an IPv6 address. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [left = '', right] = address.split('::');
  const groups = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? [] : Array.from({ length: 8 - groups.length - tail.length }, () => '0');
  return `${[...groups, ...zeros, ...tail].slice(0, IPV6_NETWORK_GROUPS).join(':')}::/64`;
}

/** One spelling for each address; IPv4 in IPv6 notation is IPv4. Undefined when it is no address. */
function normaliseAddress(given: string): string | undefined {
  const address = given.replace(/%.*$/, '');
  const family = isIP(address);
  if (family === 0) return undefined;
  if (family === 4) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? '0', 16), Number.parseInt(mapped[2] ?? '0', 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
