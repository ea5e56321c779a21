import { createHash } from 'node:crypto';
import type { ServerNetworkPolicies } from '@podex/contracts/internal/network-policies';
import { type NetworkDestination, parseDestination } from '@podex/contracts/network-policies';
import { type WallNames, workspaceChain } from './wall-names.ts';

/** Locally administered, of one machine, and none that Docker gives (02:42:…). */
const MAC_PREFIX = '0e';
const MAC_BYTES = 6;

/**
 * What a workspace’s packets are known by: it is fixed in its container before that starts, stays over every restart, whatever address
 * the container gets, and cannot be changed from inside (no NET_ADMIN, no NET_RAW).
 */
export function macAddressOf(storageKey: string): string {
  const hash = createHash('sha256').update(`mac:${storageKey}`).digest('hex');
  const bytes = Array.from({ length: MAC_BYTES - 1 }, (_, index) => hash.slice(index * 2, index * 2 + 2));
  return [MAC_PREFIX, ...bytes].join(':');
}

/**
 * Lines that open something. Who lists names that have very many addresses has some of them closed, and takes nothing from the
 * policies of others: the room of a server is shared equally.
 */
const OPENING_LINES_MAX = 12_000;
const OPENING_LINES_OF_WORKSPACE_MAX = 1_000;

export interface PolicyRules {
  /** Newer ones have a greater number. */
  revision: number;
  /** Lines for `iptables-restore --noflush`, of IPv4: over IPv6 nothing passes in any policy. */
  text: string;
}

export interface PolicyScene {
  policies: ServerNetworkPolicies;
  /** What workspaces may ask for names. */
  resolvers: readonly string[];
  /** IPv4 addresses of a host name, as far as they are known. */
  addressesOf: (host: string) => readonly string[];
}

/**
 * One chain for each workspace that has a policy. What it lets pass goes on to the rules for all: a policy opens nothing that is closed
 * to everybody.
 */
export function policyRules(
  names: WallNames,
  { policies, resolvers, addressesOf }: PolicyScene,
): PolicyRules {
  const { policyChain } = names;
  const { revision, items } = policies;
  const workspaces = items.map((item) => ({ ...item, chain: workspaceChain(names, item.storage_key) }));
  const lines = [
    `:${policyChain} - [0:0]`,
    ...workspaces.map(({ chain }) => `:${chain} - [0:0]`),
    // Passes nothing: it is read to see which policies these are.
    `-A ${policyChain} -m comment --comment podex-revision-${revision}`,
  ];
  const most = Math.min(OPENING_LINES_OF_WORKSPACE_MAX, Math.floor(OPENING_LINES_MAX / items.length));
  for (const { chain, storage_key: storageKey, mode, allow } of workspaces) {
    const destinations = mode === 'allow_list' ? allow.flatMap(destinationOf) : [];
    const passing = [
      ...namesPass(destinations, resolvers),
      ...destinations.flatMap((destination) => passes(destination, addressesOf)),
    ];
    lines.push(
      ...[...new Set(passing.map((match) => `-A ${chain} ${match} -j RETURN`))].slice(0, most),
      `-A ${chain} -p tcp -j REJECT --reject-with tcp-reset`,
      `-A ${chain} -j REJECT`,
      `-A ${policyChain} -m mac --mac-source ${macAddressOf(storageKey)} -j ${chain}`,
    );
  }
  return { revision, text: lines.join('\n') };
}

/** Host names of all lists. */
export function hostsOf({ items }: ServerNetworkPolicies): string[] {
  const destinations = items.flatMap(({ allow }) => allow.flatMap(destinationOf));
  return [...new Set(destinations.flatMap((found) => (found.kind === 'host' ? [found.host] : [])))].sort();
}

/** One that a newer Podex wrote and this one does not understand opens nothing. */
function destinationOf(text: string): NetworkDestination[] {
  const destination = parseDestination(text);
  return destination === undefined ? [] : [destination];
}

/** Who needs no names gets none: a question for a name carries data out. */
function namesPass(destinations: readonly NetworkDestination[], resolvers: readonly string[]): string[] {
  if (!destinations.some(({ kind }) => kind === 'host')) return [];
  return resolvers.flatMap((address) =>
    ['udp', 'tcp'].map((protocol) => `-d ${address}/32 -p ${protocol} --dport 53`),
  );
}

function passes(destination: NetworkDestination, addressesOf: (host: string) => readonly string[]): string[] {
  const { ports } = destination;
  const networks =
    destination.kind === 'network'
      ? [destination.network]
      : addressesOf(destination.host).map((address) => `${address}/32`);
  if (ports === null) return networks.map((network) => `-d ${network}`);
  return networks.flatMap((network) =>
    ['tcp', 'udp'].map((protocol) => `-d ${network} -p ${protocol} --dport ${ports.from}:${ports.to}`),
  );
}
