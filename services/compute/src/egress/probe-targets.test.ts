import { describe, expect, it } from 'vitest';
import { forbiddenTargets, type WallScene } from './probe-targets.ts';
import { wallChecks } from './try-wall.ts';

const scene: WallScene = {
  host: {
    port: 40_000,
    addresses: ['10.1.0.5', '203.0.113.5', 'fd00::5', 'fe80::5'],
    openPorts: [22, 53],
    router: '10.1.0.1',
    mtu: 1500,
    resolvers: ['10.1.0.1'],
  },
  neighbour: { address: '172.20.0.3', port: 41_000 },
  gateway: '172.20.0.1',
  engine: { kind: 'tls', host: 'ws-1', port: 2376, caPath: '', certPath: '', keyPath: '' },
  resolvers: ['10.1.0.1'],
};

function triedBy(check: string, changed: Partial<WallScene> = {}): string[] {
  const targets = forbiddenTargets({ ...scene, ...changed }).filter((target) => target.check === check);
  return targets.map(({ host, port }) => `${host} ${port}`);
}

describe('forbiddenTargets', () => {
  it('are all that really listens on the server, at each of its addresses', () => {
    expect(triedBy('egress_host')).toEqual([
      ...['172.20.0.1 40000', '172.20.0.1 22', '172.20.0.1 53'],
      ...['10.1.0.5 40000', '10.1.0.5 22', '10.1.0.5 53'],
      ...['203.0.113.5 40000', '203.0.113.5 22', '203.0.113.5 53'],
    ]);
    expect(triedBy('egress_ipv6')).toEqual(expect.arrayContaining(['fd00::5 22', 'fe80::5%eth0 40000']));
  });

  it('are the engine, a neighbour and the metadata of every cloud', () => {
    expect(triedBy('egress_engine')).toContain('203.0.113.5 2376');
    expect(triedBy('egress_neighbours')).toEqual(['172.20.0.3 41000']);
    expect(triedBy('egress_metadata')).toContain('169.254.169.254 80');
    expect(triedBy('egress_engine', { engine: { kind: 'socket', path: '/run/docker.sock' } })).toEqual([]);
  });

  it('leave the resolver its port for names, and a router with a public address to the world', () => {
    expect(triedBy('egress_private')).toContain('10.1.0.1 443');
    expect(triedBy('egress_private')).not.toContain('10.1.0.1 53');
    const host = { ...scene.host, router: '198.41.0.4' };
    expect(triedBy('egress_private', { host }).join()).not.toContain('198.41.0.4');
  });
});

describe('wallChecks', () => {
  const forbidden = forbiddenTargets(scene);
  const good = { reached: [], world: [], resolvers: ['10.1.0.1'], resolverFailure: null };

  it('say of each what was reached, with a cure', () => {
    const reached = forbidden.filter(({ check }) => check === 'egress_neighbours');
    const checks = wallChecks(forbidden, scene.resolvers, { ...good, reached });
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      {
        name: 'egress_neighbours',
        ok: false,
        detail: expect.stringMatching(
          /reaches another workspace \(172\.20\.0\.3:41000\)\. Load .*br_netfilter/,
        ),
      },
    ]);
  });

  it('fail when a workspace asks others for names than it shall', () => {
    const checks = wallChecks(forbidden, scene.resolvers, { ...good, resolvers: ['127.0.0.11'] });
    expect(checks.find(({ ok }) => !ok)?.detail).toContain('asks 127.0.0.11 for names, and not 10.1.0.1');
  });
});
