import { describe, expect, it } from 'vitest';
import { hostsOf, macAddressOf, policyRules } from './policy-rules.ts';
import { wallNames, workspaceChain } from './wall-names.ts';

const names = wallNames({ engineId: 'WS1:ENGINE', dataRoot: '/var/lib/docker' });
const resolvers = ['10.0.0.53'];
const addressesOf = (host: string) => (host === 'registry.example' ? ['203.0.113.7', '203.0.113.8'] : []);

function rulesOf(mode: 'allow_list' | 'deny_all', allow: string[] = []): string[] {
  const policies = { revision: 7, items: [{ storage_key: 'a', mode, allow }] };
  return policyRules(names, { policies, resolvers, addressesOf }).text.split('\n');
}

describe('policyRules', () => {
  it('let nothing pass with deny_all, not even a question for a name', () => {
    expect(rulesOf('deny_all').join('\n')).toMatchInlineSnapshot(`
      ":PODEX-898edeaa-POLICY - [0:0]
      :PODEX-898edeaa-W-ca978112ca - [0:0]
      -A PODEX-898edeaa-POLICY -m comment --comment podex-revision-7
      -A PODEX-898edeaa-W-ca978112ca -p tcp -j REJECT --reject-with tcp-reset
      -A PODEX-898edeaa-W-ca978112ca -j REJECT
      -A PODEX-898edeaa-POLICY -m mac --mac-source 0e:3d:1a:1f:64:56 -j PODEX-898edeaa-W-ca978112ca"
    `);
  });

  it('let pass what the list names, and ask for names only where it has some', () => {
    expect(
      rulesOf('allow_list', ['registry.example:443', 'unknown.example']).join('\n'),
    ).toMatchInlineSnapshot(`
      ":PODEX-898edeaa-POLICY - [0:0]
      :PODEX-898edeaa-W-ca978112ca - [0:0]
      -A PODEX-898edeaa-POLICY -m comment --comment podex-revision-7
      -A PODEX-898edeaa-W-ca978112ca -d 10.0.0.53/32 -p udp --dport 53 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -d 203.0.113.7/32 -p tcp --dport 443:443 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -d 203.0.113.7/32 -p udp --dport 443:443 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -d 203.0.113.8/32 -p tcp --dport 443:443 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -d 203.0.113.8/32 -p udp --dport 443:443 -j RETURN
      -A PODEX-898edeaa-W-ca978112ca -p tcp -j REJECT --reject-with tcp-reset
      -A PODEX-898edeaa-W-ca978112ca -j REJECT
      -A PODEX-898edeaa-POLICY -m mac --mac-source 0e:3d:1a:1f:64:56 -j PODEX-898edeaa-W-ca978112ca"
    `);
    const networks = rulesOf('allow_list', ['198.51.100.0/24:8000-8100', '192.0.2.1']);
    expect(networks.filter((line) => line.endsWith('RETURN'))).toMatchInlineSnapshot(`
      [
        "-A PODEX-898edeaa-W-ca978112ca -d 198.51.100.0/24 -p tcp --dport 8000:8100 -j RETURN",
        "-A PODEX-898edeaa-W-ca978112ca -d 198.51.100.0/24 -p udp --dport 8000:8100 -j RETURN",
        "-A PODEX-898edeaa-W-ca978112ca -d 192.0.2.1/32 -j RETURN",
      ]
    `);
    expect(networks.join()).not.toContain('--dport 53');
  });

  it('say only which they are when nobody has a policy', () => {
    const policies = { revision: 7, items: [] };
    expect(policyRules(names, { policies, resolvers, addressesOf })).toMatchInlineSnapshot(`
      {
        "revision": 7,
        "text": ":PODEX-898edeaa-POLICY - [0:0]
      -A PODEX-898edeaa-POLICY -m comment --comment podex-revision-7",
      }
    `);
  });

  it('open nothing for a line that they do not understand', () => {
    expect(rulesOf('allow_list', ['0.0.0.0/0 -j ACCEPT'])).toEqual(rulesOf('allow_list'));
  });

  it('share the room of a server equally, however many addresses somebody’s names have', () => {
    const many = Array.from({ length: 1_500 }, (_, n) => `203.0.${n >> 8}.${n & 255}`);
    const greedy = { mode: 'allow_list' as const, allow: ['greedy.example'] };
    const modest = { storage_key: 'modest', mode: 'allow_list' as const, allow: ['192.0.2.1'] };
    const items = [...Array.from({ length: 100 }, (_, n) => ({ ...greedy, storage_key: `g${n}` })), modest];
    const scene = { policies: { revision: 1, items }, resolvers, addressesOf: () => many };
    const { text } = policyRules(names, scene);
    expect(text.length).toBeLessThan(1_500_000);
    expect(text).toContain(`-A ${workspaceChain(names, 'modest')} -d 192.0.2.1/32 -j RETURN`);
    expect(text.match(/-j REJECT$/gm)).toHaveLength(items.length);
  });

  it('ask each name once', () => {
    const item = { storage_key: 'a', mode: 'allow_list' as const };
    const allow = ['registry.example:443', 'registry.example:80', '192.0.2.1'];
    const items = [
      { ...item, allow },
      { ...item, storage_key: 'b', allow },
    ];
    expect(hostsOf({ revision: 1, items })).toEqual(['registry.example']);
  });
});

describe('what a workspace is known by', () => {
  it('is one address of one machine for each folder, and none that Docker gives', () => {
    expect(macAddressOf('a')).toMatch(/^0e(:[0-9a-f]{2}){5}$/);
    expect(macAddressOf('a')).toBe(macAddressOf('a'));
    expect(macAddressOf('b')).not.toBe(macAddressOf('a'));
  });

  it('is a chain whose name the kernel takes', () => {
    expect(workspaceChain(names, 'a').length).toBeLessThanOrEqual(28);
    expect(workspaceChain(names, 'b')).not.toBe(workspaceChain(names, 'a'));
  });
});
