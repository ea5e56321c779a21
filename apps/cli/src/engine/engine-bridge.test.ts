import { describe, expect, it } from 'vitest';
import { bridgeName, chooseSubnet } from './engine-bridge.ts';

describe('the bridge of a Podex home', () => {
  it('has a name that the kernel takes, another for each home', () => {
    expect(bridgeName('/var/lib/podex').length).toBeLessThanOrEqual(15);
    expect(bridgeName('/var/lib/podex')).not.toBe(bridgeName('/root/.podex'));
  });

  it('gets the same network again while that is free', () => {
    const subnet = chooseSubnet('/var/lib/podex', ['default', '192.168.1.0/24']);
    expect(subnet).toMatch(/^10\.(12[89]|1[3-9]\d|2\d\d)\.\d+$/);
    expect(chooseSubnet('/var/lib/podex', [])).toBe(subnet);
  });

  it('avoids a network that a route of the machine touches', () => {
    const first = chooseSubnet('/home', []);
    expect(chooseSubnet('/home', [`${first}.0/24`])).not.toBe(first);
    expect(chooseSubnet('/home', [`${first}.77`])).not.toBe(first);
  });

  it('says so when none is free', () => {
    expect(() => chooseSubnet('/home', ['10.0.0.0/8'])).toThrow(/no free \/24/);
  });
});
