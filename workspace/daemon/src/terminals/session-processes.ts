import { readdir, readFile } from 'node:fs/promises';

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

function isActiveJob({ state, group, foregroundGroup }: ProcessState, shell: number): boolean {
  if (group === shell || HAS_NO_WORK.has(state)) return false;
  return foregroundGroup <= 0 || foregroundGroup === group;
}

async function listSession(sessionId: number): Promise<number[]> {
  return (await listProcesses()).filter(({ session }) => session === sessionId).map(({ pid }) => pid);
}

interface ProcessState {
  pid: number;
  state: string;
  group: number;
  session: number;
  /** Of its terminal; 0 or less where the kernel does not tell. */
  foregroundGroup: number;
}

async function listProcesses(): Promise<ProcessState[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  return (await Promise.all(pids.map(stateOf))).filter((state) => state !== undefined);
}

async function stateOf(pid: number): Promise<ProcessState | undefined> {
  const status = await readProcFile(`/proc/${pid}/stat`);
  if (status === undefined) return undefined;
  // The name of the program stands in brackets and may hold anything; fields are counted from behind it.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group, session, , foregroundGroup] = fields;
  return {
    pid,
    state,
    group: Number(group),
    session: Number(session),
    foregroundGroup: Number(foregroundGroup),
  };
}

async function ignoresHangUp(pid: number): Promise<boolean> {
  const status = await readProcFile(`/proc/${pid}/status`);
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & SIGHUP_BIT) !== 0n;
}

async function readProcFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // The process has ended meanwhile.
    return undefined;
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
