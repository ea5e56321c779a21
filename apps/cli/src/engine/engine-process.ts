import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EnginePaths } from './engine-paths.ts';

/** The pid of the dockerd that runs with this configuration; undefined when none does. */
export async function findEnginePid({ pidFile, configFile }: EnginePaths): Promise<number | undefined> {
  const pid = await readPid(pidFile);
  // The pid in the file may by now be another program's: only the command line says whose it is.
  return pid !== undefined && (await commandLine(pid)).includes(configFile) ? pid : undefined;
}

/**
 * Removes what a crash of the engine or of the machine left behind and would keep a new one from starting:
 * after a boot everything below exec-root, else the pid file of a containerd that is gone. Containers that
 * survived the engine keep running; call it only when no engine runs with these paths.
 */
export async function clearStaleState(paths: EnginePaths): Promise<void> {
  await rm(paths.pidFile, { force: true });
  await rm(paths.socketPath, { force: true });
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  if ((await readTextIfThere(paths.bootIdFile)) !== bootId) {
    await rm(paths.execRoot, { recursive: true, force: true });
    await writeFile(paths.bootIdFile, bootId);
    return;
  }
  const containerdPidFile = path.join(paths.execRoot, 'containerd', 'containerd.pid');
  const pid = await readPid(containerdPidFile);
  if (pid === undefined || !(await commandLine(pid)).includes(paths.execRoot)) {
    await rm(containerdPidFile, { force: true });
  }
}

/** Whether a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** The arguments of a process, joined by spaces; empty when there is no such process. */
export async function commandLine(pid: number): Promise<string> {
  const text = await readTextIfThere(`/proc/${pid}/cmdline`);
  return (text ?? '').replaceAll('\0', ' ').trim();
}

export async function readPid(file: string): Promise<number | undefined> {
  const pid = Number((await readTextIfThere(file))?.trim());
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

async function readTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // ESRCH: a process that ends while its file in /proc is read.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return;
    throw error;
  }
}
