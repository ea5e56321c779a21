import { createHash } from 'node:crypto';
import type { EngineInfo } from '../docker/system.ts';

/** The network that workspaces stand on, on every server. */
export const WALL_NETWORK = 'podex';

const HASH_LENGTH = 8;
const BRIDGE = /^podex-w([0-9a-f]{8})$/;

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

/**
 * Names of an engine’s own: several engines can share the interfaces and the packet filter of one machine, and with
 * `/etc/docker/key.json` their id as well. A bridge of one name would have the addresses of the engine that came last, and leave the
 * workspaces of the other without a router.
 *
 * @param bridge of the network that is there, if any: it keeps its names, which workspaces may run on.
 */
export function wallNames(
  { engineId, dataRoot }: Pick<EngineInfo, 'engineId' | 'dataRoot'>,
  bridge?: string,
): WallNames {
  const hash = BRIDGE.exec(bridge ?? '')?.[1] ?? hashOf(`${engineId}\n${dataRoot}`).slice(0, HASH_LENGTH);
  return {
    bridge: `podex-w${hash}`,
    forwardChain: `PODEX-${hash}-FORWARD`,
    inputChain: `PODEX-${hash}-INPUT`,
    policyChain: `PODEX-${hash}-POLICY`,
    workspaceChains: `PODEX-${hash}-W-`,
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const CHAIN_KEY_LENGTH = 10;

/** Of the workspace with this folder; at most 28 characters, the kernel’s limit. */
export function workspaceChain({ workspaceChains }: WallNames, storageKey: string): string {
  return workspaceChains + hashOf(storageKey).slice(0, CHAIN_KEY_LENGTH);
}

/** Beside the workspaces’ folders, whose names never begin with a dot. */
export const RESOLV_CONF_IN_STORAGE = '.podex/resolv.conf';

/** The file on the server that is every workspace’s `/etc/resolv.conf`. */
export function resolvConfPath(storage: string): string {
  return `${storage}/${RESOLV_CONF_IN_STORAGE}`;
}
