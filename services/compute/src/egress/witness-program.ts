/**
 * Runs in a container of its own, as text, so it imports nothing but Node’s own modules. It listens, so that a probe has something that is
 * really there to reach, and tells what it sees of the network that it is in: on the server’s own, or as another workspace.
 */
import { readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';

/** One line of JSON on stdout, once it listens. */
export interface Witness {
  port: number;
  /** Of the interfaces, without loopback. */
  addresses: string[];
  /** TCP ports that something else listens on, not for loopback alone. */
  openPorts: number[];
  /** Next hop of the default route. */
  router: string | null;
  mtu: number | null;
  /** IPv4 name servers that others can reach too. */
  resolvers: string[];
}

const LIFE_MS = 60_000;
const OPEN_PORTS_MAX = 24;
/** A busy server has one for each container’s cable. */
const ADDRESSES_MAX = 16;
/** Where the server’s /etc and /run are bound. */
const SERVER_ROOT = '/server';
const LISTENING = '0A';
const ANY_NETWORK = '00000000';

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

/** A link that begins at the server’s root leads elsewhere from here. */
async function serverFile(file: string): Promise<string> {
  const target = await readlink(`${SERVER_ROOT}${file}`).catch(() => file);
  return textOf(path.join(SERVER_ROOT, path.resolve(path.dirname(file), target)));
}

function nameServers(text: string): string[] {
  const found = [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(
    ([, address = '']) => address,
  );
  return found.filter((address) => !address.startsWith('127.'));
}

async function readResolvers(): Promise<string[]> {
  const own = nameServers(await serverFile('/etc/resolv.conf'));
  // What systemd’s resolver on 127.0.0.53 asks itself.
  return own.length > 0 ? own : nameServers(await serverFile('/run/systemd/resolve/resolv.conf'));
}

async function readOpenPorts(): Promise<number[]> {
  const tables = `${await textOf('/proc/net/tcp')}\n${await textOf('/proc/net/tcp6')}`;
  const ports = tables.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    const isLoopback = address.endsWith('7F') || /^0{24}01000000$/.test(address);
    return state === LISTENING && !isLoopback ? [Number.parseInt(port, 16)] : [];
  });
  return [...new Set(ports)].sort((a, b) => a - b).slice(0, OPEN_PORTS_MAX);
}

async function readWayOut(): Promise<Pick<Witness, 'router' | 'mtu'>> {
  const rows = (await textOf('/proc/net/route')).split('\n').map((line) => line.split('\t'));
  const [device = '', , next = ''] = rows.find(([, destination]) => destination === ANY_NETWORK) ?? [];
  const bytes = (next.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16));
  const mtu = Number(await textOf(`/sys/class/net/${device}/mtu`));
  return {
    router: bytes.length === 4 && next !== ANY_NETWORK ? bytes.join('.') : null,
    mtu: device !== '' && mtu > 0 ? mtu : null,
  };
}

const server = createServer((socket) => socket.destroy());

function listen(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const openPorts = await readOpenPorts();
// Both families where there are two.
const port = await listen('::').catch(() => listen('0.0.0.0'));
const addresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .filter(({ internal }) => !internal)
  .map(({ address }) => address)
  // Those that lead somewhere first.
  .sort((a, b) => Number(a.startsWith('fe80:')) - Number(b.startsWith('fe80:')))
  .slice(0, ADDRESSES_MAX);
const witness: Witness = {
  port,
  addresses,
  openPorts,
  ...(await readWayOut()),
  resolvers: await readResolvers(),
};
process.stdout.write(`${JSON.stringify(witness)}\n`);
// Its owner removes it long before; when that has died, it ends by itself.
setTimeout(() => process.exit(0), LIFE_MS);
