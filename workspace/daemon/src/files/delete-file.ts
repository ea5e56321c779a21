import { lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { CommitGate, PreparedAnswer } from './commit-gate.ts';
import { toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';

export interface DeleteOptions {
  homePath: string;
  gate: CommitGate;
}

/** Deletes a file, a link (never what it points to), or a folder with all that is in it. The home itself stays. */
export async function deleteFile(file: string, { homePath, gate }: DeleteOptions): Promise<PreparedAnswer> {
  if (file === homePath || homePath.startsWith(file === '/' ? file : `${file}/`)) {
    throw new PodexError('forbidden', `${file} holds the home folder and cannot be deleted.`, {});
  }
  return onFile(file, async () => {
    await lstat(file);
    const answer = { status: 204 };
    await gate(file, answer);
    await rm(file, { recursive: true });
    return answer;
  });
}

/** Makes a folder and its parents; an existing one is no error. @throws PodexError file_exists when it is no folder. */
export async function makeDirectory(folder: string): Promise<PreparedAnswer> {
  return onFile(folder, async () => {
    await mkdir(path.resolve(folder), { recursive: true });
    return { status: 201, body: toEntry(folder, await lstat(folder, { bigint: true })) };
  });
}
