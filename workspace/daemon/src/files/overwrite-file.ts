import { type BigIntStats, constants } from 'node:fs';
import type { FileHandle } from './disk.ts';
import { isRefused } from './file-errors.ts';
import { laterThan, writeChunk } from './staged-file.ts';

/** Opens what is there, for `overwriteFile`. A link is not followed. */
export const TO_OVERWRITE = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What is no longer is copied by one call, so that who reads meanwhile sees hardly more than the old or the new. */
export const COPY_BYTES = 1_048_576;

/**
 * Makes the first `bytes` of `source` the content of `target` without making it another file: its links, owner, mode and attributes
 * stay, and so do those who watch it. The part that needs new space comes first, so that a full disk leaves the old content.
 *
 * @param onBegun called when old content begins to go: from here on only `source` has the whole of either.
 */
export async function overwriteFile(
  source: FileHandle,
  target: FileHandle,
  { bytes, onBegun }: { bytes: number; onBegun: () => void },
): Promise<void> {
  const before = await target.stat({ bigint: true });
  const oldBytes = Number(before.size);
  try {
    await copyBytes(source, target, { start: oldBytes, end: bytes });
  } catch (error) {
    await target.truncate(oldBytes);
    throw error;
  }
  onBegun();
  await copyBytes(source, target, { start: 0, end: Math.min(oldBytes, bytes) });
  if (bytes < oldBytes) await target.truncate(bytes);
  await keepWhatWritingChanges(target, before);
  await target.sync();
}

async function copyBytes(
  source: FileHandle,
  target: FileHandle,
  { start, end }: { start: number; end: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, Math.max(0, end - start)));
  for (let at = start; at < end; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) throw new Error('The staged content ended early.');
    await writeChunk(target, buffer.subarray(0, bytesRead), at);
    at += bytesRead;
  }
}

/** Writing clears the set-user-id bit. Two writes within one tick of the clock are told apart by the date (see StagedFile.statsAfter). */
async function keepWhatWritingChanges(target: FileHandle, before: BigIntStats): Promise<void> {
  const now = await target.stat({ bigint: true });
  const later = laterThan(before);
  try {
    if (now.mode !== before.mode) await target.chmod(Number(before.mode & 0o7777n));
    if (now.size === before.size && now.mtimeNs <= before.mtimeNs) await target.utimes(later, later);
  } catch (error) {
    // Of somebody else’s file that we may write, neither is ours to set.
    if (!isRefused(error)) throw error;
  }
}
