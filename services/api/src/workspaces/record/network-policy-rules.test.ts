import type { NetworkPolicyInput } from '@podex/contracts/network-policies';
import { expect, it } from 'vitest';
import { defaultNetworkPolicy, requireAllowedPolicy } from './network-policy-rules.ts';

const LIST = ['a.example:443', '192.0.2.0/24'];

function isAllowed(policy: NetworkPolicyInput, mode: NetworkPolicyInput['mode'], locked = true): boolean {
  const settings = {
    network_policy_default: mode,
    network_allow_list_default: LIST,
    network_policy_locked: locked,
  };
  try {
    requireAllowedPolicy(policy, settings);
    return true;
  } catch {
    return false;
  }
}

it.each<[NetworkPolicyInput['mode'], NetworkPolicyInput, boolean]>([
  ['open', { mode: 'open', allow: [] }, true],
  ['open', { mode: 'allow_list', allow: ['other.example'] }, true],
  ['allow_list', { mode: 'open', allow: [] }, false],
  ['allow_list', { mode: 'allow_list', allow: ['a.example:443'] }, true],
  ['allow_list', { mode: 'allow_list', allow: ['a.example'] }, false],
  ['allow_list', { mode: 'deny_all', allow: [] }, true],
  ['deny_all', { mode: 'allow_list', allow: [] }, false],
  ['deny_all', { mode: 'deny_all', allow: [] }, true],
])('below a locked %s, %j is allowed: %s', (mode, policy, expected) => {
  expect(isAllowed(policy, mode)).toBe(expected);
  expect(isAllowed(policy, mode, false)).toBe(true);
});

it('is the list of admins only when they want one', () => {
  const settings = { network_allow_list_default: LIST, network_policy_locked: false };
  expect(defaultNetworkPolicy({ ...settings, network_policy_default: 'open' }).allow).toEqual([]);
  expect(defaultNetworkPolicy({ ...settings, network_policy_default: 'allow_list' }).allow).toEqual(LIST);
});
