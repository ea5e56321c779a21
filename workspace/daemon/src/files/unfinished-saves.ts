import { constants } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type FileHandle, lstat, open, readFolder, removeFile } from './disk.ts';
import { isMissing } from './file-errors.ts';
import { overwriteFile, TO_OVERWRITE } from './overwrite-file.ts';
import { isTemporary } from './staged-file.ts';

/** A staged file is followed by what it is for, and that by the number of its bytes. */
const LENGTH_DIGITS = 8;
const MARK = 'podex-save';
const SEAL_BYTES_MAX = 65_536;
const SAVES_MAX = 1_000;
/** What somebody else has put there may be a pipe or a link: neither is waited for, or followed. */
const TO_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** A target that was written later than a save can last was written by somebody else: theirs stays. */
const SAVE_MS_MAX = 10_000;
/** Longer than a change is known by its key. */
const UNSEALED_MS_MAX = 48 * 3_600_000;
const SAVE_BYTES_PER_MS = 10_000;

const seal = z.object({ target: z.string(), bytes: z.number().int().min(0), at: z.number() });
type Seal = z.infer<typeof seal>;

/** Content that waits here replaces the content of a file that is there; see `overwriteFile`. */
export function savesFolderOf(homePath: string): string {
  return path.join(homePath, '.cache', 'podex', 'saves');
}

/** Says what the staged content is for, durably: from here on a crash is followed by `finishSaves`. */
export async function sealSave(staged: FileHandle, { target, bytes }: Omit<Seal, 'at'>): Promise<void> {
  const text = JSON.stringify({ target, bytes, at: Date.now() } satisfies Seal);
  const length = String(Buffer.byteLength(text)).padStart(LENGTH_DIGITS, '0');
  await staged.write(Buffer.from(`${text}${length}${MARK}`), 0, undefined, bytes);
  await staged.sync();
}

/**
 * Saves that a crash cut off are carried out: the content of their files may be half old and half new. What was staged and never
 * begun goes after two days.
 */
export async function finishSaves(folder: string, onFailed: (error: unknown) => void): Promise<void> {
  for (const file of await listStaged(folder)) {
    try {
      if (await isFinished(file)) await removeFile(file);
    } catch (error) {
      onFailed(error);
    }
  }
}

async function listStaged(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name } of readFolder(folder)) {
      if (isTemporary(name)) files.push(path.join(folder, name));
      if (files.length === SAVES_MAX) break;
    }
  } catch {
    // None, or not ours to read: nothing was staged there.
  }
  return files;
}

/** What was never sealed stays for a while: that it is there tells the journal of changes that nothing was begun. */
async function isFinished(file: string): Promise<boolean> {
  await using staged = await open(file, TO_READ);
  const sealed = await readSeal(staged);
  if (sealed === undefined) return Number((await lstat(file)).mtimeMs) < Date.now() - UNSEALED_MS_MAX;
  if (!(await isAsLeft(sealed))) return true;
  await using target = await open(sealed.target, TO_OVERWRITE);
  await overwriteFile(staged, target, { bytes: sealed.bytes, onBegun: () => undefined });
  return true;
}

/** Undefined when it was never sealed. */
async function readSeal(staged: FileHandle): Promise<Seal | undefined> {
  const { size } = await staged.stat();
  const end = await readAt(staged, size - LENGTH_DIGITS - MARK.length, LENGTH_DIGITS + MARK.length);
  if (!new RegExp(`^\\d{${LENGTH_DIGITS}}${MARK}$`).test(end)) return undefined;
  const length = Number(end.slice(0, LENGTH_DIGITS));
  if (length > SEAL_BYTES_MAX) return undefined;
  const start = size - end.length - length;
  const sealed = seal.safeParse(parseJson(await readAt(staged, start, length)));
  return sealed.success && sealed.data.bytes === start ? sealed.data : undefined;
}

async function readAt(staged: FileHandle, position: number, length: number): Promise<string> {
  if (position < 0) return '';
  const { buffer, bytesRead } = await staged.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('utf8', 0, bytesRead);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isAsLeft({ target, bytes, at }: Seal): Promise<boolean> {
  try {
    const stats = await lstat(target);
    return stats.isFile() && Number(stats.mtimeMs) < at + SAVE_MS_MAX + bytes / SAVE_BYTES_PER_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
