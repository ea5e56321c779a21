import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { errorCode } from '../cli-error.ts';

/** A service's log and its predecessor together stay below twice this. */
const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** The log before the present one. */
export function previousLogFile(logFile: string): string {
  return `${logFile}.1`;
}

export async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

/**
 * Moves what a log holds to its predecessor once it is large. The services write to the file itself, not
 * through us, so that they outlive a killed supervisor; so the file is copied and emptied in place, and a line
 * that is written between the two is lost.
 */
export async function rotateLog(logFile: string, maxBytes: number = LOG_BYTES_MAX): Promise<boolean> {
  if ((await fileSize(logFile)) <= maxBytes) return false;
  await copyFile(logFile, previousLogFile(logFile));
  await truncate(logFile, 0);
  return true;
}

/** The text from `start` to the end, at most the last `maxBytes` of it. */
export async function readLogFrom(logFile: string, start: number, maxBytes: number): Promise<string> {
  const size = await fileSize(logFile);
  // A log that was emptied meanwhile starts again.
  const from = Math.max(start > size ? 0 : start, size - maxBytes);
  if (from >= size) return '';
  await using handle = await open(logFile, 'r');
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - from), position: from });
  return buffer.subarray(0, bytesRead).toString('utf8');
}
