import { readFile } from 'node:fs/promises';

/** Signals every process of a group. False when none is left. */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))
      return false;
    throw error;
  }
}

/**
 * A process as it cannot be confused with a later one of the same pid: pid, the time of its start in ticks since boot, and the boot.
 * Undefined when there is no such process.
 */
export async function identifyProcess(pid: number): Promise<string | undefined> {
  try {
    const [status, bootId] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The name of the program stands in brackets and may hold anything; fields are counted from behind it.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    const startedAt = fields[19];
    return fields[0] === 'Z' || startedAt === undefined ? undefined : `${bootId.trim()}/${pid}/${startedAt}`;
  } catch {
    return undefined;
  }
}
