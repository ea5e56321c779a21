import { describe, expect, it } from 'vitest';
import { clientAddress, networkOf, parseTrustedProxies } from './client-address.ts';

const { proxies } = parseTrustedProxies('10.0.0.0/8, 172.18.0.3,2001:db8:ffff::/48');
const { proxies: none } = parseTrustedProxies('');

it.each([
  ['a direct client', '203.0.113.7', undefined, '203.0.113.7'],
  ['a direct client that forges the header', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['a private peer that nobody named', '192.168.1.5', '198.51.100.1', '192.168.1.5'],
  ['this machine, which nobody named', '127.0.0.1', '198.51.100.1', '127.0.0.1'],
  ['a client behind a proxy', '10.0.1.2', '198.51.100.1', '198.51.100.1'],
  ['a client that forges the header before a proxy', '172.18.0.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['a client behind two proxies', '172.18.0.3', '1.1.1.1, 198.51.100.1,10.9.9.9', '198.51.100.1'],
  ['a proxy in IPv4-mapped notation', '::ffff:10.0.0.1', '2001:DB8:0::5', '2001:db8::5'],
  ['a client in IPv4-mapped notation', '10.0.0.1', '::ffff:c633:6401', '198.51.100.1'],
  ['a client behind a proxy of IPv6', '2001:db8:ffff::1', '198.51.100.1', '198.51.100.1'],
  ['nonsense in the header', '10.0.0.1', 'unknown', '10.0.0.1'],
  ['nonsense that hides the rest', '10.0.0.1', '198.51.100.1, nonsense, 10.0.0.2', '10.0.0.2'],
  ['an empty entry', '10.0.0.1', '198.51.100.1,', '10.0.0.1'],
  ['proxies alone', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['a closed connection', undefined, '198.51.100.1', ''],
])('knows the address of %s', (_case, peer, forwardedFor, expected) => {
  expect(clientAddress(peer, forwardedFor, proxies)).toBe(expected);
});

it('believes no header when no proxy is named', () => {
  for (const peer of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', '203.0.113.7'])
    expect(clientAddress(peer, '198.51.100.1', none)).toBe(peer);
});

it('names the entries that are no addresses', () => {
  const { malformed } = parseTrustedProxies('10.0.0.1, proxy.example.com, 10.0.0.0/33, ::1/129, 1.2.3');
  expect(malformed).toEqual(['proxy.example.com', '10.0.0.0/33', '::1/129', '1.2.3']);
  expect(parseTrustedProxies('::ffff:10.0.0.0/104').malformed).toHaveLength(1);
});

describe('the network that counts as one client', () => {
  it.each([
    ['198.51.100.1', '198.51.100.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
