import {
  type NetworkMode,
  type NetworkPolicyInput,
  networkPolicyInput,
} from '@podex/contracts/network-policies';

export const NETWORK_MODES = [
  { value: 'open', label: 'The internet' },
  { value: 'allow_list', label: 'Only what is listed' },
  { value: 'deny_all', label: 'Nothing' },
] as const satisfies readonly { value: NetworkMode; label: string }[];

/** Of a workspace that is made: what admins have set for new ones is one of the choices. */
export type NetworkChoice = NetworkMode | 'default';
export const NEW_NETWORK_MODES = [
  { value: 'default', label: 'Default' },
  ...NETWORK_MODES,
] as const satisfies readonly { value: NetworkChoice; label: string }[];

export const NETWORK_HINTS: Readonly<Record<NetworkChoice, string>> = {
  default: 'What your admins have set for new workspaces.',
  open: 'Private networks, the servers and other workspaces stay closed.',
  allow_list: 'Everything else is closed, private networks too.',
  deny_all: 'No names are looked up either. Terminals, files, previews and the agent work as before.',
};

/** The same of a new workspace; no policy of its own is the default. */
export function readNewNetworkForm(
  choice: NetworkChoice,
  text: string,
): { policy: NetworkPolicyInput | undefined } | { problem: string } {
  return choice === 'default' ? { policy: undefined } : readNetworkForm(choice, text);
}

/** What the form holds, or what is wrong with its list. */
export function readNetworkForm(
  mode: NetworkMode,
  text: string,
): { policy: NetworkPolicyInput } | { problem: string } {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const parsed = networkPolicyInput.safeParse({ mode, allow: mode === 'allow_list' ? lines : [] });
  if (parsed.success) return { policy: parsed.data };
  const [issue] = parsed.error.issues;
  const at = issue?.path[1];
  const line = typeof at === 'number' ? `Line ${at + 1} ` : '';
  return { problem: `${line}${issue?.message ?? 'is not valid'}` };
}
