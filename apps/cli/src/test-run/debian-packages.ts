import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { parseOsRelease } from '../../../../workspace/image/host-apt-settings.ts';
import { CliError } from '../cli-error.ts';

const APT_TIMEOUT_MS = 900_000;

/** A program that tests start, and the Debian package that has it. */
export interface NeededProgram {
  program: string;
  package: string;
}

/**
 * Makes sure that programs are installed: from Debian's packages when this is root's process on Debian or
 * Ubuntu.
 *
 * @throws CliError with the exact command, where that cannot be done from here.
 */
export async function ensurePrograms(
  needed: readonly NeededProgram[],
  options: { onProgress: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const missing: NeededProgram[] = [];
  for (const candidate of needed) {
    if (!(await isInstalled(candidate.program))) missing.push(candidate);
  }
  if (missing.length === 0) return;
  const packages = missing.map(({ package: name }) => name);
  await requireApt(missing);
  options.onProgress('reading package lists');
  await runApt(['update'], options.signal);
  options.onProgress(`installing ${packages.join(', ')}`);
  await runApt(['install', '--no-install-recommends', ...packages], options.signal);
}

async function isInstalled(program: string): Promise<boolean> {
  for (const directory of ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/bin']) {
    const isThere = await access(path.join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

async function requireApt(missing: readonly NeededProgram[]): Promise<void> {
  const { id } = parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const isDebian = id === 'debian' || id === 'ubuntu';
  if (isDebian && process.getuid?.() === 0) return;
  const names = missing.map(({ program }) => program).join(', ');
  const packages = missing.map(({ package: name }) => name).join(' ');
  throw new CliError(`the tests need ${names}`, {
    cure: isDebian ? `sudo apt-get install --no-install-recommends ${packages}` : `install: ${packages}`,
  });
}

async function runApt(arguments_: string[], signal: AbortSignal): Promise<void> {
  try {
    await execa(
      'apt-get',
      ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2', ...arguments_],
      {
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        stdin: 'ignore',
        timeout: APT_TIMEOUT_MS,
        cancelSignal: signal,
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    const lines = String(error.stderr ?? '')
      .split('\n')
      .filter((line) => line.startsWith('E: '));
    throw new CliError([`apt-get ${arguments_.join(' ')} failed`, ...lines].join('\n'), { cause: error });
  }
}
