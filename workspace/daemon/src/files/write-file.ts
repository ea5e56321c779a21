import type { BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import type { CommitGate, PreparedAnswer } from './commit-gate.ts';
import { requireConditions, type WriteConditions } from './conditions.ts';
import { etagOf, followLinks, statIfThere, toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { StagedFile } from './staged-file.ts';

export interface WriteOptions {
  conditions: WriteConditions;
  gate: CommitGate;
  /** Keeps changes of one file through the daemon apart from each other. */
  locks: KeyedLock;
}

/** Replaces the whole file, or makes it with its parents. Readers see the old content or the new, never a mixture. */
export async function writeFile(
  file: string,
  content: Readable,
  options: WriteOptions,
): Promise<PreparedAnswer> {
  return onFile(file, async () => {
    const target = await followLinks(file);
    const before = requireWritable(file, await statIfThere(target), options.conditions);
    await using staged = await StagedFile.write(target, content, modeOf(before));
    using _lock = await options.locks.acquire(target);
    const current = requireWritable(file, await statIfThere(target), options.conditions);
    const stats = await staged.statsAfter(current);
    const answer = { status: 200, body: toEntry(file, stats), headers: { etag: etagOf(stats) } };
    await options.gate(staged.temporaryPath, answer);
    await staged.putInPlace({ exclusive: options.conditions.ifNoneMatch === '*' });
    return answer;
  }).catch((error: unknown) => {
    // Somebody else made the file between the check and the last step.
    const isExclusive = options.conditions.ifNoneMatch === '*';
    if (!(isExclusive && PodexError.has(error, 'file_exists'))) throw error;
    throw new PodexError(
      'file_changed',
      `${file} was created by another program in the meantime. Read it and try again.`,
      { path: file },
      { cause: error },
    );
  });
}

/** @throws PodexError file_is_directory, invalid_request (a device or pipe), file_changed. */
export function requireWritable(
  file: string,
  stats: BigIntStats | undefined,
  conditions: WriteConditions,
): BigIntStats | undefined {
  if (stats?.isDirectory()) {
    throw new PodexError('file_is_directory', `${file} is a folder.`, { path: file });
  }
  if (stats !== undefined && !stats.isFile()) {
    throw new PodexError('invalid_request', `${file} is not a regular file.`, {});
  }
  requireConditions(file, stats && etagOf(stats), conditions);
  return stats;
}

export function modeOf(stats: BigIntStats | undefined): number | undefined {
  return stats && Number(stats.mode & 0o7777n);
}
