import { describe, expect, it } from 'vitest';
import { egressRules } from './egress-rules.ts';
import { wallNames } from './wall-names.ts';

const names = wallNames('WS1:ENGINE');

describe('egressRules', () => {
  it('are these', () => {
    expect(egressRules(names, ['10.0.0.53'])).toMatchInlineSnapshot(`
      {
        "ipv4": ":PODEX-48c89443-FORWARD - [0:0]
      :PODEX-48c89443-INPUT - [0:0]
      -A PODEX-48c89443-FORWARD -j PODEX-48c89443-POLICY
      -A PODEX-48c89443-FORWARD -m conntrack --ctstate ESTABLISHED,RELATED --ctdir REPLY -j RETURN
      -A PODEX-48c89443-FORWARD -d 10.0.0.53/32 -p udp --dport 53 -j RETURN
      -A PODEX-48c89443-FORWARD -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN
      -A PODEX-48c89443-FORWARD -d 0.0.0.0/8 -j REJECT
      -A PODEX-48c89443-FORWARD -d 10.0.0.0/8 -j REJECT
      -A PODEX-48c89443-FORWARD -d 100.64.0.0/10 -j REJECT
      -A PODEX-48c89443-FORWARD -d 127.0.0.0/8 -j REJECT
      -A PODEX-48c89443-FORWARD -d 168.63.129.16/32 -j REJECT
      -A PODEX-48c89443-FORWARD -d 169.254.0.0/16 -j REJECT
      -A PODEX-48c89443-FORWARD -d 172.16.0.0/12 -j REJECT
      -A PODEX-48c89443-FORWARD -d 192.0.0.0/24 -j REJECT
      -A PODEX-48c89443-FORWARD -d 192.88.99.0/24 -j REJECT
      -A PODEX-48c89443-FORWARD -d 192.168.0.0/16 -j REJECT
      -A PODEX-48c89443-FORWARD -d 198.18.0.0/15 -j REJECT
      -A PODEX-48c89443-FORWARD -d 224.0.0.0/4 -j REJECT
      -A PODEX-48c89443-FORWARD -d 240.0.0.0/4 -j REJECT
      -A PODEX-48c89443-INPUT -j PODEX-48c89443-POLICY
      -A PODEX-48c89443-INPUT -m conntrack --ctstate ESTABLISHED,RELATED --ctdir REPLY -j RETURN
      -A PODEX-48c89443-INPUT -d 10.0.0.53/32 -p udp --dport 53 -j RETURN
      -A PODEX-48c89443-INPUT -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN
      -A PODEX-48c89443-INPUT -j REJECT",
        "ipv6": ":PODEX-48c89443-FORWARD - [0:0]
      :PODEX-48c89443-INPUT - [0:0]
      -A PODEX-48c89443-FORWARD -j REJECT
      -A PODEX-48c89443-INPUT -j REJECT",
      }
    `);
  });

  it('let names be asked before they refuse the network that the resolver is in', () => {
    const lines = egressRules(names, ['10.0.0.53']).ipv4.split('\n');
    const resolver = lines.indexOf(`-A ${names.forwardChain} -d 10.0.0.53/32 -p udp --dport 53 -j RETURN`);
    const refusal = lines.indexOf(`-A ${names.forwardChain} -d 10.0.0.0/8 -j REJECT`);
    expect(resolver).toBeGreaterThan(0);
    expect(refusal).toBeGreaterThan(resolver);
  });

  it('pass answers alone, so that no connection of a workspace outlives a change of the rules', () => {
    const passing = egressRules(names, [])
      .ipv4.split('\n')
      .filter((line) => line.endsWith('RETURN'));
    expect(passing).toHaveLength(2);
    for (const line of passing) expect(line).toContain('--ctdir REPLY');
  });
});

describe('wallNames', () => {
  it('fit into what the kernel takes, and differ between engines', () => {
    expect(names.bridge.length).toBeLessThanOrEqual(15);
    expect(names.forwardChain.length).toBeLessThanOrEqual(28);
    expect(wallNames('WS2:ENGINE')).not.toEqual(names);
    expect(wallNames('WS1:ENGINE')).toEqual(names);
  });
});
