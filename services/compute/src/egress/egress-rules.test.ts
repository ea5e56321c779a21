import { describe, expect, it } from 'vitest';
import { egressRules } from './egress-rules.ts';
import { wallNames } from './wall-names.ts';

const ENGINE = { engineId: 'WS1:ENGINE', dataRoot: '/var/lib/docker' };
const names = wallNames(ENGINE);

describe('egressRules', () => {
  it('are these', () => {
    expect(egressRules(names, ['10.0.0.53'])).toMatchInlineSnapshot(`
      {
        "ipv4": ":PODEX-898edeaa-FORWARD - [0:0]
      :PODEX-898edeaa-INPUT - [0:0]
      -A PODEX-898edeaa-FORWARD -j PODEX-898edeaa-POLICY
      -A PODEX-898edeaa-FORWARD -m conntrack --ctstate ESTABLISHED,RELATED --ctdir REPLY -j RETURN
      -A PODEX-898edeaa-FORWARD -d 10.0.0.53/32 -p udp --dport 53 -j RETURN
      -A PODEX-898edeaa-FORWARD -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN
      -A PODEX-898edeaa-FORWARD -d 0.0.0.0/8 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 10.0.0.0/8 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 100.64.0.0/10 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 127.0.0.0/8 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 168.63.129.16/32 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 169.254.0.0/16 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 172.16.0.0/12 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 192.0.0.0/24 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 192.88.99.0/24 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 192.168.0.0/16 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 198.18.0.0/15 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 224.0.0.0/4 -j REJECT
      -A PODEX-898edeaa-FORWARD -d 240.0.0.0/4 -j REJECT
      -A PODEX-898edeaa-INPUT -j PODEX-898edeaa-POLICY
      -A PODEX-898edeaa-INPUT -m conntrack --ctstate ESTABLISHED,RELATED --ctdir REPLY -j RETURN
      -A PODEX-898edeaa-INPUT -d 10.0.0.53/32 -p udp --dport 53 -j RETURN
      -A PODEX-898edeaa-INPUT -d 10.0.0.53/32 -p tcp --dport 53 -j RETURN
      -A PODEX-898edeaa-INPUT -j REJECT",
        "ipv6": ":PODEX-898edeaa-FORWARD - [0:0]
      :PODEX-898edeaa-INPUT - [0:0]
      -A PODEX-898edeaa-FORWARD -j REJECT
      -A PODEX-898edeaa-INPUT -j REJECT",
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
    const others = [
      { ...ENGINE, engineId: 'WS2:ENGINE' },
      // Engines of one machine can read their id from one file.
      { ...ENGINE, dataRoot: '/var/lib/podex/engine/data' },
    ].map((engine) => wallNames(engine));
    expect(new Set([names, ...others].flatMap((all) => Object.values(all))).size).toBe(15);
    expect(wallNames(ENGINE)).toEqual(names);
  });

  it('stay those of the network that is there', () => {
    const { bridge, forwardChain } = wallNames(ENGINE, 'podex-w0a1b2c3d');
    expect([bridge, forwardChain]).toEqual(['podex-w0a1b2c3d', 'PODEX-0a1b2c3d-FORWARD']);
    expect(wallNames(ENGINE, 'br-0a1b2c3d4e5f')).toEqual(names);
  });
});
