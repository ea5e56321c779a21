import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { CommitGate, PreparedAnswer } from './commit-gate.ts';
import { lstat, makeFolders } from './disk.ts';
import { toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { removeTree } from './remove-tree.ts';

export interface DeleteOptions {
  homePath: string;
  gate: CommitGate;
}

/** Deletes a file, a link (never what it points to), or a folder with all that is in it. The home itself stays. */
export async function deleteFile(file: string, { homePath, gate }: DeleteOptions): Promise<PreparedAnswer> {
  requireNotHome(file, homePath);
  return onFile(file, async () => {
    await lstat(file);
    const answer = { status: 204 };
    await gate(file, answer);
    await removeTree(file);
    return answer;
  });
}

/** @throws PodexError forbidden for the home and what holds it. */
export function requireNotHome(file: string, homePath: string): void {
  if (file !== homePath && !homePath.startsWith(file === '/' ? file : `${file}/`)) return;
  const message = `${shownPath(file)} holds the home folder and can’t be deleted. Delete what is in it.`;
  throw new PodexError('forbidden', message, {});
}

/** Makes a folder and its parents; an existing one is no error. @throws PodexError file_exists when it is no folder. */
export async function makeDirectory(folder: string): Promise<PreparedAnswer> {
  return onFile(folder, async () => {
    await makeFolders(path.resolve(folder));
    return { status: 201, body: toEntry(folder, await lstat(folder)) };
  });
}
