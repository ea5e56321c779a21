import { readdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand, tryCommand } from './run-command.ts';

/** Packets of the hosts fit through networks whose links take a little less than Ethernet's. */
export const NETWORK_MTU = 1400;

/** The names that one testbed has on this machine. Nothing else is ever touched. */
export interface TestbedNetwork {
  /** At most 9 characters, because names of links are made from it. */
  prefix: string;
  bridge: string;
  /** `10.66.<slot>.1`, where the tests are. */
  gateway: string;
  subnet: string;
}

/** One host's place in the network. */
export interface HostNetwork {
  namespace: string;
  /** The machine's end of the host's cable. */
  link: string;
  address: string;
  gateway: string;
}

export function testbedNetwork(slot: number): TestbedNetwork {
  const prefix = `pdxtb${slot}`;
  return { prefix, bridge: prefix, gateway: `10.66.${slot}.1`, subnet: `10.66.${slot}.0/24` };
}

/** `index` counts from 1; the address ends in 10 + index. */
export function hostNetwork(network: TestbedNetwork, name: string, index: number): HostNetwork {
  return {
    namespace: `${network.prefix}-${name}`,
    link: `${network.prefix}v${index}`,
    address: network.gateway.replace(/1$/, String(10 + index)),
    gateway: network.gateway,
  };
}

/** The switch that all hosts are plugged into, with a way out of the machine for them. */
export async function createTestbedNetwork({ bridge, gateway, subnet }: TestbedNetwork): Promise<void> {
  await runCommand('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await runCommand('ip', ['link', 'set', bridge, 'mtu', String(NETWORK_MTU), 'up']);
  await runCommand('ip', ['address', 'add', `${gateway}/24`, 'dev', bridge]);
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  for (const rule of forwardingRules({ bridge, subnet })) {
    await runCommand('iptables', ['--wait', '10', '-t', rule.table, '--insert', ...rule.match]);
  }
}

/** Plugs a host in: a network namespace with `eth0` on the testbed's switch. */
export async function createHostNetwork(testbed: TestbedNetwork, host: HostNetwork): Promise<void> {
  const { namespace, link, address, gateway } = host;
  const mtu = ['mtu', String(NETWORK_MTU)];
  await runCommand('ip', ['netns', 'add', namespace]);
  await runCommand('ip', [
    'link',
    'add',
    link,
    ...mtu,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    ...mtu,
    'netns',
    namespace,
  ]);
  await runCommand('ip', ['link', 'set', link, 'master', testbed.bridge, 'up']);
  const inside = (...args: string[]) => runCommand('ip', ['-n', namespace, ...args]);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'replace', 'default', 'via', gateway);
}

/** Pulls the host's cable: packets vanish, nobody is told. */
export async function cutLink({ link }: HostNetwork): Promise<void> {
  await runCommand('ip', ['link', 'set', link, 'down']);
}

export async function healLink({ link }: HostNetwork): Promise<void> {
  await runCommand('ip', ['link', 'set', link, 'up']);
}

/**
 * Removes everything a testbed has in this machine's network, with every process in its hosts, by the names
 * that belong to its slot. Whatever is not there is fine, so it also clears up after a testbed that crashed.
 */
export async function removeTestbedNetwork(network: TestbedNetwork): Promise<void> {
  const namespaces = await listNamespaces(network);
  for (const namespace of namespaces) {
    await killProcesses(namespace);
    await tryCommand('ip', ['netns', 'delete', namespace]);
    await removeCgroups(namespace);
  }
  const links = await readdir('/sys/class/net');
  for (const link of links.filter((name) => name.startsWith(`${network.prefix}v`))) {
    await tryCommand('ip', ['link', 'delete', link]);
  }
  await tryCommand('ip', ['link', 'delete', network.bridge]);
  for (const rule of forwardingRules(network)) {
    await tryCommand('iptables', ['--wait', '10', '-t', rule.table, '--delete', ...rule.match]);
  }
}

/** The control group of a host's containers, as dockerd's `cgroup-parent`. */
export function cgroupParent({ namespace }: HostNetwork): string {
  return `/${namespace}`;
}

async function listNamespaces({ prefix }: TestbedNetwork): Promise<string[]> {
  const all = await readdir('/run/netns').catch(() => []);
  return all.filter((name) => name.startsWith(`${prefix}-`));
}

/** Containers have namespaces of their own; they end because their host's process 1 is in this one. */
async function killProcesses(namespace: string): Promise<void> {
  const pids = await runCommand('ip', ['netns', 'pids', namespace]).catch(() => '');
  for (const pid of pids.split('\n').filter((line) => line !== '')) await tryCommand('kill', ['-KILL', pid]);
}

/** Empty control groups stay behind when their processes are killed. Version 1 has a tree per controller. */
async function removeCgroups(namespace: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const controllers = await readdir(root, { withFileTypes: true });
  const trees = ['.', ...controllers.filter((entry) => entry.isDirectory()).map((entry) => entry.name)];
  for (const tree of trees) await removeCgroupTree(path.join(root, tree, namespace));
}

async function removeCgroupTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((child) => child.isDirectory())) {
    await removeCgroupTree(path.join(directory, entry.name));
  }
  // A group that still has a dying process in it stays; its name is reused without harm.
  await rmdir(directory).catch(() => undefined);
}

function forwardingRules({ bridge, subnet }: { bridge: string; subnet: string }) {
  return [
    { table: 'filter', match: ['FORWARD', '-i', bridge, '-j', 'ACCEPT'] },
    { table: 'filter', match: ['FORWARD', '-o', bridge, '-j', 'ACCEPT'] },
    { table: 'nat', match: ['POSTROUTING', '-s', subnet, '!', '-o', bridge, '-j', 'MASQUERADE'] },
  ];
}
