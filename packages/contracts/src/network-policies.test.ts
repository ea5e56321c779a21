import { describe, expect, it } from 'vitest';
import { networkPolicyInput, parseDestination } from './network-policies.ts';

describe('parseDestination', () => {
  it.each([
    ['example.com', { kind: 'host', host: 'example.com', ports: null }],
    ['registry.npmjs.org:443', { kind: 'host', host: 'registry.npmjs.org', ports: { from: 443, to: 443 } }],
    ['192.0.2.7', { kind: 'network', network: '192.0.2.7/32', ports: null }],
    ['192.0.2.0/24:8000-8100', { kind: 'network', network: '192.0.2.0/24', ports: { from: 8000, to: 8100 } }],
    ['0.0.0.0/0:443', { kind: 'network', network: '0.0.0.0/0', ports: { from: 443, to: 443 } }],
  ])('takes %s apart', (text, expected) => {
    expect(parseDestination(text)).toEqual(expected);
  });

  it.each([
    '',
    'localhost',
    '*.example.com',
    'https://example.com',
    'example.com/24',
    'example.com:0',
    'example.com:70000',
    'example.com:90-80',
    '300.0.0.1',
    '1.2.3',
    '192.0.2.0/33',
    '2001:db8::1',
    'a b.example',
    'example.com -j ACCEPT',
    '192.0.2.1\n-A',
    '-.example.com',
  ])('refuses %j', (text) => {
    expect(parseDestination(text)).toBeUndefined();
  });
});

describe('a network policy', () => {
  it('has a list with allow_list alone', () => {
    const issue = networkPolicyInput.safeParse({ mode: 'deny_all', allow: ['example.com'] });
    expect(issue.error?.issues[0]?.message).toContain('allow_list');
    expect(networkPolicyInput.parse({ mode: 'deny_all' })).toEqual({ mode: 'deny_all', allow: [] });
    expect(networkPolicyInput.parse({ mode: 'allow_list', allow: [' Example.COM:443 '] })).toEqual({
      mode: 'allow_list',
      allow: ['example.com:443'],
    });
  });
});
