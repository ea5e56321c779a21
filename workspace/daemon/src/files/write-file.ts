import type { BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry } from '@podex/contracts/files';
import type { PreparedAnswer } from './commit-gate.ts';
import { requireConditions, type WriteConditions } from './conditions.ts';
import { etagOf } from './etag.ts';
import { followLinks, statIfThere } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { commitSave, type SaveOptions, stageContent } from './save-file.ts';

export interface WriteOptions extends SaveOptions {
  conditions: WriteConditions;
}

/** Replaces the whole content, or makes the file with its parents. Nothing changes before all of it has arrived. */
export async function writeFile(
  file: string,
  content: Readable,
  options: WriteOptions,
): Promise<PreparedAnswer> {
  const isExclusive = options.conditions.ifNoneMatch === '*';
  return exclusiveAsChanged(file, isExclusive, async () => {
    const target = await followLinks(file);
    const before = requireWritable(file, await statIfThere(target), options.conditions);
    await using staged = await stageContent(target, content, before, options);
    using _lock = await options.locks.acquire(target);
    const current = requireWritable(file, await statIfThere(target), options.conditions);
    const save = { staged, file, target, current, isExclusive, toBody: (entry: FileEntry) => entry };
    // Awaited here: the lock and what is staged last as long.
    return await commitSave(save, options);
  });
}

/** Runs a change of `file`, in which one that another program made between the check and the last step is a changed file. */
export async function exclusiveAsChanged<Result>(
  file: string,
  isExclusive: boolean,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await onFile(file, change);
  } catch (error) {
    if (!(isExclusive && PodexError.has(error, 'file_exists'))) throw error;
    throw new PodexError(
      'file_changed',
      `${shownPath(file)} was created by another program in the meantime. Read it and try again.`,
      { path: file },
      { cause: error },
    );
  }
}

/** @throws PodexError file_is_directory, invalid_request (a device or pipe), file_changed. */
export function requireWritable(
  file: string,
  stats: BigIntStats | undefined,
  conditions: WriteConditions,
): BigIntStats | undefined {
  if (stats?.isDirectory()) {
    throw new PodexError('file_is_directory', `${shownPath(file)} is a folder. Choose a file.`, {
      path: file,
    });
  }
  if (stats !== undefined && !stats.isFile()) {
    throw new PodexError(
      'invalid_request',
      `${shownPath(file)} is a device, a pipe or a socket, not a file. Use a terminal.`,
      {},
    );
  }
  requireConditions(file, stats && etagOf(stats), conditions);
  return stats;
}
