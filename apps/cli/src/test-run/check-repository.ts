import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '../config.ts';
import { childPath } from '../platform/processes.ts';

const KILL_AFTER_MS = 15_000;

/** Runs `npm run check` without its unit tests, its output on this terminal. @returns whether all is well. */
export async function checkRepository(signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await execa(
    process.execPath,
    [path.join(CHECKOUT, 'scripts/check.ts'), '--without-tests'],
    {
      cwd: CHECKOUT,
      env: { PATH: childPath(process.env.PATH), NODE_COMPILE_CACHE: undefined },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      reject: false,
      cancelSignal: signal,
      forceKillAfterDelay: KILL_AFTER_MS,
    },
  );
  return exitCode === 0;
}
