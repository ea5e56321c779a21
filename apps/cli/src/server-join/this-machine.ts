import { lookup } from 'node:dns/promises';
import { statfs } from 'node:fs/promises';
import { isIP } from 'node:net';
import { availableParallelism, networkInterfaces, totalmem } from 'node:os';
import path from 'node:path';
import type { JoinServerInput } from '@podex/contracts/join-tokens';
import { z } from 'zod';
import { requestEngineJson } from '../../../../workspace/image/engine-api.ts';
import { CliError, EXIT, errorCode } from '../cli-error.ts';

const ENGINE_ID_MAX = 128;
const ENGINE_TIMEOUT_MS = 3_000;
const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;

type Size = Pick<JoinServerInput, 'total_cpu' | 'total_memory_mb' | 'total_disk_gb'>;

/** What there is; `storage` is the folder for the files of workspaces, or where it will be. */
export async function sizeOfMachine(storage: string): Promise<Size> {
  return {
    total_cpu: availableParallelism(),
    total_memory_mb: Math.floor(totalmem() / MEGABYTE),
    total_disk_gb: Math.max(1, Math.floor((await diskBytes(storage)) / GIGABYTE)),
  };
}

/** How the engine behind a socket calls itself; undefined when it does not run. */
export async function readEngineId(socketPath: string): Promise<string | undefined> {
  const info = z.object({ ID: z.string().max(ENGINE_ID_MAX) });
  try {
    const call = { method: 'GET', path: '/info', timeoutMs: ENGINE_TIMEOUT_MS } as const;
    return (await requestEngineJson({ socketPath }, call, info)).ID;
  } catch {
    return undefined;
  }
}

/**
 * The address of this machine under which a server is to be reached.
 *
 * @throws CliError when it is another machine’s.
 */
export async function ownAddressOf(hostname: string): Promise<string> {
  const own = ownAddresses();
  const wanted = await addressesOf(hostname);
  const found = wanted.find((address) => own.some((one) => isSameAddress(one, address)));
  if (found !== undefined) return found;
  throw new CliError(`The token is for a server at ${hostname}, which is not an address of this machine`, {
    cure: [
      `this machine has ${own.join(', ')}`,
      'run this on the server that the token is for, or ask for a token of this address',
      '--listen ADDRESS, if connections to that address are forwarded to this machine',
    ],
    exitCode: EXIT.usage,
  });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}

async function addressesOf(hostname: string): Promise<string[]> {
  if (isIP(hostname) !== 0) return [hostname];
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function isSameAddress(one: string, other: string): boolean {
  const canonical = (address: string) =>
    isIP(address) === 6 ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname : address;
  return canonical(one) === canonical(other);
}

/** Of the file system that the folder is or will be on. */
async function diskBytes(folder: string): Promise<number> {
  try {
    const { blocks, bsize } = await statfs(folder);
    return blocks * bsize;
  } catch (error) {
    const parent = path.dirname(folder);
    if (errorCode(error) !== 'ENOENT' || parent === folder) throw error;
    return diskBytes(parent);
  }
}
