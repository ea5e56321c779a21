import { statfs } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';

const MEGABYTE = 1024 * 1024;

/** Room that a start needs, in megabytes: logs, the database's log, and some for the first workspace. */
export const FREE_MEGABYTES_MIN = 1024;
/** The first start also unpacks the workspace image and builds the page. */
export const FREE_MEGABYTES_FIRST_START = 3072;

/** What a user without special rights can still write there, in megabytes. */
export async function freeMegabytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return Math.floor((bavail * bsize) / MEGABYTE);
}

/** @throws CliError when fewer megabytes are free than needed. */
export async function requireFreeDisk(directory: string, neededMegabytes: number): Promise<void> {
  const free = await freeMegabytes(directory);
  const problem = diskProblem(directory, { free, needed: neededMegabytes });
  if (problem) throw problem;
}

export function diskProblem(
  directory: string,
  { free, needed }: { free: number; needed: number },
): CliError | undefined {
  if (free >= needed) return undefined;
  return new CliError(
    `the disk of ${directory} is nearly full: ${free} MB are free, ${needed} MB are needed`,
    {
      cure: [
        `free some space (df -h ${directory}), or keep Podex elsewhere:`,
        'PODEX_HOME=/other/disk/podex ./podex up',
      ],
    },
  );
}
