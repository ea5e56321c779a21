import { BlockList } from 'node:net';
import type { ServerCheck } from '@podex/contracts/servers';
import type { EngineAddress } from '../docker/address.ts';
import { REFUSED_NETWORKS } from './egress-rules.ts';
import type { Target } from './probe-program.ts';
import type { Witness } from './witness-program.ts';

/** What is tried from inside, in the order in which it is reported. */
export const WALL_TRIES = [
  'egress_metadata',
  'egress_host',
  'egress_engine',
  'egress_neighbours',
  'egress_private',
  'egress_ipv6',
] as const satisfies readonly ServerCheck['name'][];
export type WallTry = (typeof WALL_TRIES)[number];

const METADATA_ADDRESSES = [
  '169.254.169.254', // most clouds
  '169.254.170.2', // AWS, of containers
  '100.100.100.200', // Alibaba
  '168.63.129.16', // Azure
  '192.0.0.192', // Oracle
];
const METADATA_IPV6 = 'fd00:ec2::254';
const PRIVATE_SAMPLES = ['10.0.0.1', '100.64.0.1', '172.16.0.1', '192.168.0.1', '192.168.1.1', '198.18.0.1'];
const WEB_PORT = 80;
/** What a router, or a machine beside it, may have open. */
const ROUTER_PORTS = [22, 53, 80, 443, 2375, 2376];
const NAME_PORT = 53;

export interface WallScene {
  /** On the server’s own network. */
  host: Witness;
  /** In another container under gVisor. */
  neighbour: { address: string; port: number };
  /** The server on the bridge of workspaces. */
  gateway: string | undefined;
  engine: EngineAddress;
  /** What workspaces may ask for names. */
  resolvers: readonly string[];
}

/** Everything that no workspace may reach, as far as it is known to be there, and what is never to be reached. */
export function forbiddenTargets(scene: WallScene): Target[] {
  const { host, neighbour, gateway, engine, resolvers } = scene;
  const own = unique([...(gateway === undefined ? [] : [gateway]), ...host.addresses]);
  const ownPorts = [host.port, ...host.openPorts];
  const groups: Record<WallTry, [hosts: readonly string[], ports: readonly number[]][]> = {
    egress_metadata: [[METADATA_ADDRESSES, [WEB_PORT]]],
    egress_host: [[own.filter(isIpv4), ownPorts]],
    egress_engine: engine.kind === 'tls' ? [[own.filter(isIpv4), [engine.port]]] : [],
    egress_neighbours: [[[neighbour.address], [neighbour.port]]],
    egress_private: [
      [PRIVATE_SAMPLES, [WEB_PORT]],
      [host.router !== null && isRefused(host.router) ? [host.router] : [], ROUTER_PORTS],
    ],
    egress_ipv6: [
      [own.filter((address) => !isIpv4(address)).map(withZone), ownPorts],
      [[METADATA_IPV6], [WEB_PORT]],
    ],
  };
  return WALL_TRIES.flatMap((check) =>
    groups[check].flatMap(([hosts, ports]) =>
      hosts.flatMap((address) => unique(ports).map((port) => ({ check, host: address, port }))),
    ),
  ).filter(({ host: address, port }) => port !== NAME_PORT || !resolvers.includes(address));
}

/** Addresses that are the same everywhere; one of them is enough. */
export const WORLD_TARGETS: Target[] = ['1.1.1.1', '8.8.8.8', '9.9.9.9'].map((host) => ({
  check: 'internet',
  host,
  port: 443,
}));

function unique<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

/** A router with a public address is part of the world. */
function isRefused(address: string): boolean {
  const refused = new BlockList();
  for (const network of REFUSED_NETWORKS) {
    const [base = '', bits] = network.split('/');
    refused.addSubnet(base, Number(bits), 'ipv4');
  }
  return refused.check(address);
}

/** A link-local address says nothing without the interface inside. */
function withZone(address: string): string {
  return address.startsWith('fe80:') ? `${address}%eth0` : address;
}

function isIpv4(address: string): boolean {
  return !address.includes(':');
}
