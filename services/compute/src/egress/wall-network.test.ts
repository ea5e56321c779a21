import { PodexError } from '@podex/contracts/errors';
import { describe, expect, it } from 'vitest';
import { networkOf, ScriptedEngine } from '../../testing/scripted-engine.ts';
import { ensureWallNetwork, networkSpec } from './wall-network.ts';

const wanted = { bridge: 'podex-w0a1b2c3d', mtu: 1450 };
const spec = networkSpec(wanted);

describe('ensureWallNetwork', () => {
  it('makes a bridge whose containers do not reach each other, without IPv6', async () => {
    const engine = new ScriptedEngine();
    expect(await ensureWallNetwork(engine, wanted)).toMatchObject({ name: 'podex', notice: undefined });
    expect(engine.createdNetworks).toEqual([
      {
        Name: 'podex',
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: false,
        EnableIPv6: false,
        Options: {
          'com.docker.network.bridge.name': 'podex-w0a1b2c3d',
          'com.docker.network.bridge.enable_icc': 'false',
          'com.docker.network.bridge.enable_ip_masquerade': 'true',
          'com.docker.network.driver.mtu': '1450',
        },
        Labels: { 'dev.podex.network': 'true' },
      },
    ]);
  });

  it('leaves one that is right as it is', async () => {
    const engine = new ScriptedEngine({ network: networkOf(spec, { runningContainers: 4 }) });
    expect(await ensureWallNetwork(engine, wanted)).toMatchObject({
      gateway: '10.201.0.1',
      notice: undefined,
    });
    expect(engine.createdNetworks).toEqual([]);
  });

  it.each([
    ['other options', { options: {} }],
    ['another driver', { driver: 'macvlan' }],
    ['IPv6', { hasIpv6: true }],
    ['no way out', { isInternal: true }],
  ])('replaces one with %s, and not while a container runs on it', async (_, fields) => {
    const unused = new ScriptedEngine({ network: networkOf(spec, fields) });
    await ensureWallNetwork(unused, wanted);
    expect(unused.createdNetworks).toHaveLength(1);
    const used = new ScriptedEngine({ network: networkOf(spec, { ...fields, runningContainers: 2 }) });
    const failure = await ensureWallNetwork(used, wanted).catch((error: unknown) => error);
    expect(PodexError.has(failure, 'server_unfit')).toBe(true);
    expect(String(failure)).toContain('2 containers run on it. Stop them');
    expect(used.createdNetworks).toEqual([]);
  });

  it('takes another MTU while containers are on it, and says so', async () => {
    const former = networkOf(networkSpec({ ...wanted, mtu: 1500 }), { runningContainers: 1 });
    const network = await ensureWallNetwork(new ScriptedEngine({ network: former }), wanted);
    expect(network.notice).toContain('is 1500 and not 1450');
  });
});
