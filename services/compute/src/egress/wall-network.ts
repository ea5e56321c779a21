import { PodexError } from '@podex/contracts/errors';
import type { CallOptions } from '../docker/client.ts';
import type { Engine } from '../docker/engine.ts';
import { LABEL_NETWORK } from '../docker/labels.ts';
import type { Network, NetworkSpec } from '../docker/networks.ts';
import { WALL_NETWORK } from './wall-names.ts';

const BRIDGE_NAME = 'com.docker.network.bridge.name';
const BETWEEN_CONTAINERS = 'com.docker.network.bridge.enable_icc';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';
const MTU = 'com.docker.network.driver.mtu';

/** Those that keep workspaces apart, or that rules go by. */
const ESSENTIAL_OPTIONS = [BRIDGE_NAME, BETWEEN_CONTAINERS, MASQUERADE];

export interface WallNetwork {
  name: string;
  /** The server’s own address on it. */
  gateway: string | undefined;
  /** What an admin should know, although it is fit. */
  notice: string | undefined;
}

export interface WantedNetwork {
  bridge: string;
  /** The greatest packet that the server’s way out takes. */
  mtu: number;
}

/**
 * Makes sure of the network that workspaces stand on. One of this name with other options is replaced, if no container runs on it.
 *
 * @throws PodexError server_unfit with cause and cure when it is in use.
 */
export async function ensureWallNetwork(
  engine: Engine,
  wanted: WantedNetwork,
  options: CallOptions = {},
): Promise<WallNetwork> {
  const spec = networkSpec(wanted);
  const found = await engine.networks.find(WALL_NETWORK, options);
  if (found !== undefined) {
    const differences = differencesOf(found, spec);
    if (differences.length === 0) return { name: WALL_NETWORK, gateway: found.gateway, notice: undefined };
    if (found.runningContainers > 0) return keepUsed(found, differences);
    await engine.networks.remove(found.id, options);
  }
  const made = await create(engine, spec, options);
  return { name: WALL_NETWORK, gateway: made.gateway, notice: undefined };
}

/** Of the network that is there; undefined when there is none. */
export async function findWallBridge(engine: Engine, options: CallOptions = {}): Promise<string | undefined> {
  return (await engine.networks.find(WALL_NETWORK, options))?.options[BRIDGE_NAME];
}

/** @internal Exported for its test. */
export function networkSpec({ bridge, mtu }: WantedNetwork): NetworkSpec {
  return {
    Name: WALL_NETWORK,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: false,
    EnableIPv6: false,
    Options: {
      [BRIDGE_NAME]: bridge,
      [BETWEEN_CONTAINERS]: 'false',
      [MASQUERADE]: 'true',
      [MTU]: String(mtu),
    },
    Labels: { [LABEL_NETWORK]: 'true' },
  };
}

/** Several computes can come to a new server at once: the one that was slower takes what the other made. */
async function create(engine: Engine, spec: NetworkSpec, options: CallOptions): Promise<Network> {
  const failure = await engine.networks.create(spec, options).catch((error: unknown) => error);
  const made = await engine.networks.find(WALL_NETWORK, options);
  if (made !== undefined && differencesOf(made, spec).length === 0) return made;
  throw failure ?? unfit(`Its network ${WALL_NETWORK} does not keep the options that it was made with.`);
}

function keepUsed(found: Network, differences: readonly string[]): WallNetwork {
  const difference = differences.join('; ');
  if (differences.every((text) => text.startsWith(MTU))) {
    return {
      name: WALL_NETWORK,
      gateway: found.gateway,
      notice: `${difference}: stop its workspaces, and it is made again`,
    };
  }
  throw unfit(
    `Its network ${WALL_NETWORK} has other options than workspaces need (${difference}), and ${found.runningContainers} containers run on it. ` +
      `Stop them, and Podex makes the network again.`,
  );
}

function differencesOf(found: Network, { Driver, Options }: NetworkSpec): string[] {
  const differences = [...ESSENTIAL_OPTIONS, MTU]
    .filter((name) => found.options[name] !== Options[name])
    .map((name) => `${name} is ${found.options[name] ?? 'not set'} and not ${Options[name]}`);
  if (found.driver !== Driver) differences.push(`its driver is ${found.driver} and not ${Driver}`);
  if (found.isInternal) differences.push('it is internal');
  if (found.hasIpv6) differences.push('it has IPv6');
  return differences;
}

function unfit(reason: string): PodexError {
  return new PodexError('server_unfit', reason, { reason });
}
