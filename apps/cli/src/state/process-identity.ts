import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode } from '../cli-error.ts';

/**
 * Which process is meant, for as long as the machine lives: pids are used again, the moment of a process's
 * start within a boot is not.
 */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks from boot to the start of the process. */
  start_ticks: z.number(),
  boot_id: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

const POLL_EVERY_MS = 25;

/** Undefined when there is no such process, or it has ended and waits for its parent. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readProcFile(`/proc/${pid}/stat`);
  const parsed = stat === undefined ? undefined : parseProcStat(stat);
  if (!parsed || parsed.state === 'Z' || parsed.state === 'X') return undefined;
  return { pid, start_ticks: parsed.startTicks, boot_id: await readBootId() };
}

export async function isSameProcess(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid);
  return now?.start_ticks === identity.start_ticks && now.boot_id === identity.boot_id;
}

/** State and start of a process from `/proc/<pid>/stat`; the program's name in it may hold spaces and brackets. */
export function parseProcStat(stat: string): { state: string; startTicks: number } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  // Field 22 of the file; the state is field 3.
  const startTicks = Number(fields[19]);
  if (state === undefined || state === '' || !Number.isFinite(startTicks)) return undefined;
  return { state, startTicks };
}

export interface StopOptions {
  /** What is sent first. Default SIGTERM. */
  signal?: NodeJS.Signals;
  /** After this long the process is killed. In milliseconds. */
  graceMs: number;
  /** The process leads a group, and the whole group is meant. */
  group?: boolean;
}

/** Ends a process, politely first. Nothing happens when it has ended already. @returns whether it had to be killed. */
export async function stopProcess(identity: ProcessIdentity, options: StopOptions): Promise<boolean> {
  if (!(await isSameProcess(identity))) return false;
  const target = options.group ? -identity.pid : identity.pid;
  sendSignal(target, options.signal ?? 'SIGTERM');
  if (await hasEnded(identity, options.graceMs)) return false;
  sendSignal(target, 'SIGKILL');
  await hasEnded(identity, 2_000);
  return true;
}

/** A process that is gone, or its group, is what the signal was for. */
export function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

async function hasEnded(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isSameProcess(identity)) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_EVERY_MS);
  }
  return true;
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Undefined when the process is gone; it may go between opening and reading. */
export async function readProcFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}
