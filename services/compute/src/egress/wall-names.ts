import { createHash } from 'node:crypto';

/** The network that workspaces stand on, on every server. */
export const WALL_NETWORK = 'podex';

const HASH_LENGTH = 8;

export interface WallNames {
  /** At most 15 characters, the kernel’s limit. */
  bridge: string;
  /** What workspaces send on through the server passes this chain. */
  forwardChain: string;
  /** What they send to the server itself passes this one. */
  inputChain: string;
  /** Both send it through this one first, where each workspace that has a policy has its own. */
  policyChain: string;
  /** How the names of those begin. */
  workspaceChains: string;
}

/** Names of an engine’s own: several engines can share the packet filter of one machine. */
export function wallNames(engineId: string): WallNames {
  const hash = createHash('sha256').update(engineId).digest('hex').slice(0, HASH_LENGTH);
  return {
    bridge: `podex-w${hash}`,
    forwardChain: `PODEX-${hash}-FORWARD`,
    inputChain: `PODEX-${hash}-INPUT`,
    policyChain: `PODEX-${hash}-POLICY`,
    workspaceChains: `PODEX-${hash}-W-`,
  };
}

const CHAIN_KEY_LENGTH = 10;

/** Of the workspace with this folder; at most 28 characters, the kernel’s limit. */
export function workspaceChain({ workspaceChains }: WallNames, storageKey: string): string {
  return workspaceChains + createHash('sha256').update(storageKey).digest('hex').slice(0, CHAIN_KEY_LENGTH);
}

/** Beside the workspaces’ folders, whose names never begin with a dot. */
export const RESOLV_CONF_IN_STORAGE = '.podex/resolv.conf';

/** The file on the server that is every workspace’s `/etc/resolv.conf`. */
export function resolvConfPath(storage: string): string {
  return `${storage}/${RESOLV_CONF_IN_STORAGE}`;
}
