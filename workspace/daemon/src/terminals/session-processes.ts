import { readlink } from 'node:fs/promises';
import {
  listProcesses,
  type ProcessStatus,
  readProcessFile,
  signalProcess,
} from '../spawning/process-table.ts';

const SIGHUP_BIT = 1n;

/** Ends everything in the session that a terminal’s shell leads. Programs that chose to outlive it (nohup, setsid) are left alone. */
export async function hangUpSession(sessionId: number): Promise<void> {
  for (const pid of await listSession(sessionId)) {
    signalProcess(pid, 'SIGHUP');
    // A stopped job handles the signal when it continues.
    signalProcess(pid, 'SIGCONT');
  }
}

/** Kills what is still there, unless it ignores SIGHUP on purpose. gVisor does not tell that, so there nothing is spared. */
export async function killSession(sessionId: number): Promise<void> {
  for (const pid of await listSession(sessionId)) {
    if (!(await ignoresHangUp(pid))) signalProcess(pid, 'SIGKILL');
  }
}

/**
 * How many of these sessions have a job that their shell has started and that is not stopped. On a kernel that tells which job is in the
 * foreground, only that one counts; gVisor does not tell, so there a job in the background counts as well.
 */
export async function countBusySessions(sessionIds: readonly number[]): Promise<number> {
  if (sessionIds.length === 0) return 0;
  const processes = await listProcesses();
  return sessionIds.filter((session) =>
    processes.some((one) => one.session === session && isActiveJob(one, session)),
  ).length;
}

const HAS_NO_WORK = new Set(['T', 't', 'Z', 'X']);

function isActiveJob({ state, group, foregroundGroup }: ProcessStatus, shell: number): boolean {
  if (group === shell || HAS_NO_WORK.has(state)) return false;
  return foregroundGroup <= 0 || foregroundGroup === group;
}

/** Where a shell is; undefined when that cannot be told. gVisor tells root only with the right to trace, which a workspace has not. */
export async function workingDirectoryOf(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch {
    // It has ended, or this is gVisor.
    return undefined;
  }
}

async function listSession(sessionId: number): Promise<number[]> {
  return (await listProcesses()).filter(({ session }) => session === sessionId).map(({ pid }) => pid);
}

async function ignoresHangUp(pid: number): Promise<boolean> {
  const status = await readProcessFile(pid, 'status');
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
}
