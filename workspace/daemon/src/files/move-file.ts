import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import type { CommitGate, PreparedAnswer } from './commit-gate.ts';
import { copyTree } from './copy-tree.ts';
import { lstat, makeFolders, rename } from './disk.ts';
import { etagOf } from './etag.ts';
import { statIfThere, toEntry } from './file-entries.ts';
import { isOtherFilesystem, onFile } from './file-errors.ts';
import { removeTree } from './remove-tree.ts';
import { temporaryBeside } from './staged-file.ts';

export interface MoveOptions {
  overwrite: boolean;
  gate: CommitGate;
  locks: KeyedLock;
}

/**
 * Moves a file, link or folder. Parents of `to` are made. With `overwrite` what stood at `to` is gone afterwards, a folder with all
 * that was in it.
 *
 * @throws PodexError file_not_found, file_exists, invalid_request (into itself).
 */
export async function moveFile(from: string, to: string, options: MoveOptions): Promise<PreparedAnswer> {
  if (to === from || to.startsWith(`${from}/`)) {
    throw new PodexError(
      'invalid_request',
      `${shownPath(from)} can’t be moved into itself. Choose another folder.`,
      {},
    );
  }
  const stats = await onFile(from, () => lstat(from));
  return onFile(to, async () => {
    using _lock = await options.locks.acquire(to);
    const replaced = await statIfThere(to);
    if (replaced !== undefined && !options.overwrite) {
      throw new PodexError(
        'file_exists',
        `${shownPath(to)} exists already. Choose another name, or delete it first.`,
        {
          path: to,
        },
      );
    }
    await makeFolders(path.dirname(to));
    await options.gate(from, { status: 200, body: toEntry(to, stats) });
    if (replaced?.isDirectory() || (replaced !== undefined && stats.isDirectory())) {
      await moveAside(to, () => renameAnywhere(from, to));
    } else {
      await renameAnywhere(from, to);
    }
    const now = await lstat(to);
    return { status: 200, body: toEntry(to, now), headers: { etag: etagOf(now) } };
  });
}

/** rename(2) cannot replace a folder that holds something, so the old one steps aside, and back if the move fails. */
async function moveAside(to: string, move: () => Promise<void>): Promise<void> {
  const aside = temporaryBeside(to);
  await rename(to, aside);
  try {
    await move();
  } catch (error) {
    await rename(aside, to);
    throw error;
  }
  await removeTree(aside);
}

/** To another filesystem it is copied whole beside its place first, so that `to` never shows half of it. */
async function renameAnywhere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isOtherFilesystem(error)) throw error;
    await copyAndRemove(from, to);
  }
}

async function copyAndRemove(from: string, to: string): Promise<void> {
  const copy = temporaryBeside(to);
  try {
    await copyTree(from, copy);
    await rename(copy, to);
  } catch (error) {
    await removeTree(copy);
    throw error;
  }
  await removeTree(from);
}
