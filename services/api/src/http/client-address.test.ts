import { expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';

it.each([
  ['a direct client', '203.0.113.7', undefined, '203.0.113.7'],
  ['a direct client that forges the header', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['a client behind our proxy', '10.0.1.2', '198.51.100.1', '198.51.100.1'],
  ['a client that forges the header before our proxy', '172.18.0.3', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
  ['IPv4 in IPv6 notation', '::ffff:127.0.0.1', '2001:db8::5', '2001:db8::5'],
  ['nonsense in the header', '127.0.0.1', 'unknown', '127.0.0.1'],
  ['a closed connection', undefined, '198.51.100.1', ''],
])('knows the address of %s', (_case, peer, forwardedFor, expected) => {
  expect(clientAddress(peer, forwardedFor)).toBe(expected);
});
