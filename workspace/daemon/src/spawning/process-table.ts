import { readdir, readFile } from 'node:fs/promises';

/** What `/proc/<pid>/stat` says, see `man 5 proc`. */
export interface ProcessStatus {
  pid: number;
  /** One letter. */
  state: string;
  parent: number;
  group: number;
  session: number;
  /** Of its terminal; 0 or less where the kernel does not tell. */
  foregroundGroup: number;
  /** In ticks since the boot: with the pid it names no other process, ever. */
  startedAt: string;
}

/** Every process there is now, this one and the first included. */
export async function listProcesses(): Promise<ProcessStatus[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readProcessFile(pid, 'stat');
      return text === undefined ? undefined : parseStatus(pid, text);
    }),
  );
  return found.filter((status) => status !== undefined);
}

export function parseStatus(pid: number, text: string): ProcessStatus {
  // The name of the program stands in brackets and may hold anything; fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session, , foregroundGroup] = fields;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    foregroundGroup: Number(foregroundGroup),
    startedAt: fields[19] ?? '',
  };
}

/** As bytes in latin1. Undefined where the process has ended meanwhile, or belongs to somebody else. */
export async function readProcessFile(
  pid: number,
  file: 'stat' | 'status' | 'environ',
): Promise<string | undefined> {
  return readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => undefined);
}

/** One that has ended meanwhile, or may not be signalled, is none of the caller’s. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const isGone =
      error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM');
    if (!isGone) throw error;
  }
}
