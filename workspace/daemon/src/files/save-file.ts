import { type BigIntStats, constants } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { FileEntry } from '@podex/contracts/files';
import type { KeyedLock } from '../waiting/keyed-lock.ts';
import type { CommitGate, PreparedAnswer } from './commit-gate.ts';
import { access, type FileHandle, lstat, makeFolders, open, removeFile } from './disk.ts';
import { etagOf } from './etag.ts';
import { toEntry } from './file-entries.ts';
import { isOtherFilesystem, isRefused, isRunning } from './file-errors.ts';
import { COPY_BYTES, overwriteFile, TO_OVERWRITE } from './overwrite-file.ts';
import { StagedFile } from './staged-file.ts';
import { savesFolderOf, sealSave } from './unfinished-saves.ts';

const PRIVATE_FOLDER_MODE = 0o700;

export interface SaveOptions {
  homePath: string;
  gate: CommitGate;
  /** Keeps changes of one file through the daemon apart from each other, and from who reads it. */
  locks: KeyedLock;
}

/** Of a file, however many names it has. */
export function contentKey({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `content:${dev}:${ino}`;
}

/** What is to replace a file waits in the home, so that nothing beside the file tells of it and a crash can be mended. */
export async function stageContent(
  target: string,
  content: Readable | Buffer,
  current: BigIntStats | undefined,
  options: Pick<SaveOptions, 'homePath'>,
): Promise<StagedFile> {
  const folder = await stagingFolder(target, current, options);
  const mode = current && Number(current.mode & 0o7777n);
  return StagedFile.write(content, { folder, mode });
}

/** Beside its place where nothing is, so that it need only be renamed. */
export async function stagingFolder(
  target: string,
  current: BigIntStats | undefined,
  { homePath }: Pick<SaveOptions, 'homePath'>,
): Promise<string> {
  const saves = savesFolderOf(homePath);
  return current !== undefined && (await isUsable(saves)) ? saves : path.dirname(target);
}

async function isUsable(folder: string): Promise<boolean> {
  try {
    await makeFolders(folder, PRIVATE_FOLDER_MODE);
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Save {
  staged: StagedFile;
  /** As it was asked for. */
  file: string;
  /** Where links lead. */
  target: string;
  current: BigIntStats | undefined;
  /** Only where nothing is. */
  isExclusive: boolean;
  /** Of the answer. */
  toBody: (entry: FileEntry) => unknown;
}

/** Asks the gate and carries the save out. The caller holds the lock of `target` and has checked what is there. */
export async function commitSave(save: Save, options: SaveOptions): Promise<PreparedAnswer> {
  const { staged, file, target, current, toBody } = save;
  const answerWith = (stats: BigIntStats): PreparedAnswer => ({
    status: 200,
    body: toBody(toEntry(file, stats)),
    headers: { etag: etagOf(stats) },
  });
  await options.gate(staged.temporaryPath, answerWith(await staged.statsAfter(current)));
  await carryOut(save, options.locks);
  return answerWith(await lstat(target));
}

async function carryOut(save: Save, locks: KeyedLock): Promise<void> {
  const { staged, target, current, isExclusive } = save;
  if (current === undefined || isExclusive) return putInPlace(staged, target, isExclusive);
  const content = await staged.stats();
  const isReplaceable = isSameAfterRename(current, content);
  const isLarge = Math.max(Number(content.size), Number(current.size)) > COPY_BYTES;
  if (isReplaceable && isLarge && (await isReplaced(staged, target))) return;
  const handle = await openToOverwrite(target, isReplaceable);
  if (handle === undefined) return putInPlace(staged, target, false);
  await using _closed = handle;
  using _lock = await locks.acquire(contentKey(current));
  await overwrite(save, handle, Number(content.size));
}

/** By rename, where that can be done. */
async function isReplaced(staged: StagedFile, target: string): Promise<boolean> {
  try {
    await staged.putInPlace(target, { exclusive: false });
    return true;
  } catch (error) {
    if (isOtherFilesystem(error) || isRefused(error)) return false;
    throw error;
  }
}

/** Undefined where it can only be replaced: a program that runs, a file that is read-only in a folder that is not. */
async function openToOverwrite(target: string, isReplaceable: boolean): Promise<FileHandle | undefined> {
  try {
    return await open(target, TO_OVERWRITE);
  } catch (error) {
    if (isReplaceable && (isRunning(error) || isRefused(error))) return undefined;
    throw error;
  }
}

/** Except for who watches it. */
function isSameAfterRename(current: BigIntStats, content: BigIntStats): boolean {
  return current.nlink === 1n && current.uid === content.uid && current.gid === content.gid;
}

async function overwrite({ staged, target }: Save, handle: FileHandle, bytes: number): Promise<void> {
  await using source = await open(staged.temporaryPath, 'r+');
  await sealSave(source, { target, bytes });
  await overwriteFile(source, handle, { bytes, onBegun: () => staged.keep() });
  await removeFile(staged.temporaryPath);
}

/** From another filesystem it comes beside its place first. */
async function putInPlace(staged: StagedFile, target: string, isExclusive: boolean): Promise<void> {
  try {
    await staged.putInPlace(target, { exclusive: isExclusive });
  } catch (error) {
    if (!isOtherFilesystem(error)) throw error;
    await using near = await StagedFile.copyTo(path.dirname(target), staged);
    await near.putInPlace(target, { exclusive: isExclusive });
  }
}
