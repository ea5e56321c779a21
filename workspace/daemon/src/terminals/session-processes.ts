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

async function listSession(sessionId: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const sessions = await Promise.all(pids.map(async (pid) => ({ pid, session: await sessionOf(pid) })));
  return sessions.filter(({ session }) => session === sessionId).map(({ pid }) => pid);
}

async function sessionOf(pid: number): Promise<number | undefined> {
  const status = await readProcFile(`/proc/${pid}/stat`);
  // The name of the program stands in brackets and may hold anything; fields are counted from behind it.
  const session = status?.slice(status.lastIndexOf(')') + 2).split(' ')[3];
  return session === undefined ? undefined : Number(session);
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
