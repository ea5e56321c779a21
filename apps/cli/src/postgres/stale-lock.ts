import { readdir, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identifyProcess } from '../state/process-identity.ts';

const LEAVE_TIMEOUT_MS = 5_000;
const POLL_EVERY_MS = 50;

/**
 * Removes the `postmaster.pid` of a server that was killed, which would keep a new one from starting where the
 * pid in it belongs to somebody by now: to another program, or to a dead process that nobody collects, as in a
 * container without an init.
 *
 * Only for a caller that knows that no server runs on the folder. The file is left alone as long as any process
 * works in the folder: sessions of the killed server end by themselves, and until then a second server would
 * damage the data.
 */
export async function clearStaleLock(dataDirectory: string): Promise<void> {
  const deadline = performance.now() + LEAVE_TIMEOUT_MS;
  while (await isWorkedIn(dataDirectory)) {
    if (performance.now() > deadline) return;
    await delay(POLL_EVERY_MS);
  }
  await rm(path.join(dataDirectory, 'postmaster.pid'), { force: true });
}

/** Every process of a server has its data folder as its working directory. */
async function isWorkedIn(directory: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    // Unreadable: another user's, which is not the database's, or gone.
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (folder === directory && (await identifyProcess(Number(pid)))) return true;
  }
  return false;
}
