import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { CliError, EXIT, errorCode } from '../cli-error.ts';
import { readProcFile } from '../state/process-identity.ts';

/** A program that listens on a port. */
export interface PortHolder {
  pid: number;
  /** Its command line, cut to what fits in a message. */
  command: string;
}

export interface WantedPort {
  port: number;
  host: string;
  /** What it is for: `web`, `api`, … */
  service: string;
  /** The variable that chooses another one. */
  variable: string;
}

const COMMAND_LENGTH_MAX = 80;
/** The state LISTEN in /proc/net/tcp. */
const LISTENING = '0A';

/**
 * Makes sure that all ports can be had.
 *
 * @throws CliError that names every one that is taken, with who has it where that can be seen.
 */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const errorResponses = await Promise.all(
    wanted.map(async (port) => ({ ...port, refusal: await tryListen(port) })),
  );
  const foreign = errorResponses.find(
    ({ refusal }) => refusal === 'EADDRNOTAVAIL' || refusal === 'ENOTFOUND',
  );
  if (foreign) {
    throw new CliError(`${foreign.host} is not an address of this machine`, {
      cure: 'ip address   shows them; 0.0.0.0 means all of them',
      exitCode: EXIT.configuration,
    });
  }
  const problems = await Promise.all(
    errorResponses.filter(({ refusal }) => refusal !== undefined).map(describeRefusal),
  );
  if (problems.length === 0) return;
  const ends = problems.flatMap(({ pid }) => (pid === undefined ? [] : [`kill ${pid}`]));
  throw new CliError(problems.map(({ cause }) => cause).join('\n'), {
    cure: [
      `end what uses it${ends.length > 0 ? ` (${ends.join(', ')})` : ''}, or choose other ports:`,
      `${problems.map(({ variable, port }) => `${variable}=${port + 100}`).join(' ')} ./podex up`,
    ],
    exitCode: EXIT.configuration,
  });
}

interface PortProblem extends WantedPort {
  cause: string;
  pid: number | undefined;
}

async function describeRefusal(wanted: WantedPort & { refusal: string | undefined }): Promise<PortProblem> {
  const { port, service, refusal } = wanted;
  if (refusal === 'EACCES') {
    return {
      ...wanted,
      cause: `port ${port}, wanted for ${service}, is reserved for root (below 1024)`,
      pid: undefined,
    };
  }
  const holder = await findPortHolder(port);
  const by = holder ? ` by pid ${holder.pid} (${holder.command})` : '';
  return { ...wanted, cause: `port ${port}, wanted for ${service}, is taken${by}`, pid: holder?.pid };
}

/** The error code of listening there; undefined when it works. */
async function tryListen({ port, host }: { port: number; host: string }): Promise<string | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true }, resolve);
    });
  } catch (error) {
    return errorCode(error) ?? 'unknown';
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return undefined;
}

/** A port of the loopback address that nobody uses at the moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await tryListen({ port, host })) === undefined;
}

/** Who listens on a port; undefined when that is another user's process that we may not look into. */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readProcFile(file)));
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table ?? '', port)));
  if (inodes.size === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holdsSocket(pid, inodes)) return { pid: Number(pid), command: await readCommand(pid) };
  }
  return undefined;
}

/** The socket inodes that listen on a port, from the text of `/proc/net/tcp` or `tcp6`. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === LISTENING && local.endsWith(`:${wanted}`))
    .flatMap(([, , , , , , , , , inode]) => (inode === undefined ? [] : [inode]));
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Unreadable (another user's, or ended meanwhile): then it cannot be told, and is skipped.
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function readCommand(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const command = text.replaceAll('\0', ' ').trim();
  return command.length > COMMAND_LENGTH_MAX ? `${command.slice(0, COMMAND_LENGTH_MAX - 1)}…` : command;
}
