import { readFileSync } from 'node:fs';
import { parseStatus } from './process-table.ts';

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
 * Undefined when there is no such process. One that has ended and is not reaped yet still is one: its group may live on.
 *
 * Reads at once, not by promise: the sooner after a start, the rarer a process has ended and been reaped before.
 */
export function identifyProcess(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${bootId.trim()}/${pid}/${parseStatus(pid, status).startedAt}`;
  } catch {
    return undefined;
  }
}
