import { PodexError } from '@podex/contracts/errors';
import type { NetworkMode, NetworkPolicyInput } from '@podex/contracts/network-policies';
import type { SettingValues } from '@podex/contracts/settings';

export type NetworkSettings = Pick<
  SettingValues,
  'network_policy_default' | 'network_allow_list_default' | 'network_policy_locked'
>;

const OPENNESS: Readonly<Record<NetworkMode, number>> = { deny_all: 0, allow_list: 1, open: 2 };

export function defaultNetworkPolicy(settings: NetworkSettings): NetworkPolicyInput {
  const mode = settings.network_policy_default;
  return { mode, allow: mode === 'allow_list' ? settings.network_allow_list_default : [] };
}

/** @throws PodexError forbidden when admins keep policies from being opened, and this one opens more than theirs. */
export function requireAllowedPolicy(policy: NetworkPolicyInput, settings: NetworkSettings): void {
  if (!settings.network_policy_locked) return;
  const widest = defaultNetworkPolicy(settings);
  const isWider = OPENNESS[policy.mode] > OPENNESS[widest.mode];
  const isListed = widest.mode !== 'allow_list' || policy.allow.every((line) => widest.allow.includes(line));
  if (!isWider && isListed) return;
  const most = widest.mode === 'allow_list' ? `these destinations: ${widest.allow.join(', ')}` : 'nothing';
  throw new PodexError(
    'forbidden',
    `Admins of this platform let workspaces reach ${most}. Set a policy that opens no more, or ask an admin.`,
    {},
  );
}
