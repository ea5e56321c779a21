import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { z } from 'zod';
import { systemEnvironment } from './system-environment.ts';

const COMMAND_TIMEOUT_MS = 30_000;
const DEFAULT_MTU = 1500;

const routes = z.array(z.object({ dst: z.string(), dev: z.string().optional() }));
const addresses = z.array(
  z.object({ ifname: z.string(), addr_info: z.array(z.object({ family: z.string(), local: z.string() })) }),
);

export interface EngineBridge {
  name: string;
  /** The greatest packet that the machine's way out takes; containers must not send larger ones. */
  mtu: number;
}

/**
 * The bridge that containers of one Podex home are on by default. It has a name and a /24 of its own, so that
 * two homes, or Podex and another engine, never hand out the same address. Created when it is missing, as after
 * a boot; an existing one keeps its address.
 *
 * @throws when `ip` is missing or refuses, or no private /24 is free.
 */
export async function ensureEngineBridge(podexHome: string): Promise<EngineBridge> {
  const name = bridgeName(podexHome);
  const table = routes.parse(await runIpJson(['-4', 'route', 'show']));
  const mtu = await readMtu(table.find(({ dst }) => dst === 'default')?.dev);
  const links = addresses.parse(await runIpJson(['address', 'show']));
  const existing = links.find(({ ifname }) => ifname === name);
  if (!existing) await runIp(['link', 'add', name, 'type', 'bridge']);
  if (!existing?.addr_info.some(({ family }) => family === 'inet')) {
    const subnet = chooseSubnet(
      podexHome,
      table.map(({ dst }) => dst),
    );
    await runIp(['address', 'add', `${subnet}.1/24`, 'dev', name]);
  }
  await runIp(['link', 'set', name, 'mtu', String(mtu), 'up']);
  return { name, mtu };
}

/** Removes the bridge of a home and the rules about it; containers that are on it lose their network. */
export async function removeEngineBridge(podexHome: string): Promise<void> {
  const name = bridgeName(podexHome);
  await removeBridgeRules(name);
  await execa('ip', ['link', 'delete', name], { ...systemOptions(), reject: false });
}

/** Every rule that names the bridge: Podex's with its chains, and those that dockerd leaves behind when it ends. */
export async function removeBridgeRules(bridge: string): Promise<void> {
  await removeRules('iptables', 'filter', bridge);
  await removeRules('iptables', 'nat', bridge);
  await removeRules('ip6tables', 'filter', bridge);
}

async function removeRules(program: string, table: string, bridge: string): Promise<void> {
  const iptables = ['--wait', '10', '--table', table];
  // Another engine may be taking the same chain away at this moment: then the rule is gone as well.
  const run = (...args: string[]) =>
    execa(program, [...iptables, ...args], { ...systemOptions(), reject: false });
  const { stdout } = await run('--list-rules');
  const rules = stdout.split('\n').map((line) => line.split(' '));
  const found = rules.filter((rule) => rule[0] === '-A' && rule.includes(bridge));
  for (const rule of found) await run('--delete', ...rule.slice(1));
  for (const chain of new Set(found.map((rule) => rule.at(-1) ?? ''))) {
    if (!/^PODEX-[0-9a-f]+-/.test(chain)) continue;
    await run('--flush', chain);
    await run('--delete-chain', chain);
  }
}

/** At most 15 characters, the kernel's limit. */
export function bridgeName(podexHome: string): string {
  return `podex-${createHash('sha256').update(podexHome).digest('hex').slice(0, 8)}`;
}

/**
 * The first three bytes of a /24 in 10.128.0.0/9 that no route of the machine touches. Where the search begins
 * depends on the home, so a home tends to get the same one again.
 */
export function chooseSubnet(podexHome: string, destinations: string[]): string {
  const taken = destinations.filter((destination) => destination !== 'default').map(parseRange);
  const start = createHash('sha256').update(podexHome).digest().readUInt16BE(0) % SUBNET_COUNT;
  for (let step = 0; step < SUBNET_COUNT; step += 1) {
    const index = (start + step) % SUBNET_COUNT;
    const prefix = `10.${128 + (index >> 8)}.${index & 255}`;
    const candidate = parseRange(`${prefix}.0/24`);
    if (!taken.some((range) => range.first <= candidate.last && candidate.first <= range.last)) return prefix;
  }
  throw new Error("no free /24 in 10.128.0.0/9 for the containers' network");
}

const SUBNET_COUNT = 128 * 256;

/** First and last address of `a.b.c.d/n` (or one address) as numbers. */
function parseRange(destination: string): { first: number; last: number } {
  const [address = '', bits = '32'] = destination.split('/');
  const value = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}

async function readMtu(device: string | undefined): Promise<number> {
  if (device === undefined) return DEFAULT_MTU;
  const mtu = Number(await readFile(`/sys/class/net/${device}/mtu`, 'utf8'));
  return Number.isInteger(mtu) && mtu > 0 && mtu < DEFAULT_MTU ? mtu : DEFAULT_MTU;
}

function systemOptions() {
  return { timeout: COMMAND_TIMEOUT_MS, env: systemEnvironment() };
}

async function runIp(args: string[]): Promise<void> {
  await execa('ip', args, systemOptions());
}

async function runIpJson(args: string[]): Promise<unknown> {
  const { stdout } = await execa('ip', ['-json', ...args], systemOptions());
  const parsed: unknown = JSON.parse(stdout || '[]');
  return parsed;
}
