import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

const FOLDER_MODE = 0o700;

/** @returns undefined when there is no such file. */
export async function readKept(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Writes a file that is not there yet, whole or not at all. Of several processes that do so at once, on one machine or over a
 * shared folder, one succeeds: `link` fails where there is a file.
 *
 * @returns false when another was first.
 */
export async function createKept(file: string, content: string, mode: number): Promise<boolean> {
  return withScratch(file, content, mode, async (scratch) => {
    try {
      await link(scratch, file);
      return true;
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    }
  });
}

/** Puts new content in its place: readers find the former or the new one, whole. */
export async function replaceKept(file: string, content: string, mode: number): Promise<void> {
  await withScratch(file, content, mode, (scratch) => rename(scratch, file));
}

async function withScratch<Result>(
  file: string,
  content: string,
  mode: number,
  use: (scratch: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
  const scratch = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeSynced(scratch, content, mode);
    return await use(scratch);
  } finally {
    await rm(scratch, { force: true });
  }
}

/** On the disk before anything relies on it. */
async function writeSynced(file: string, content: string, mode: number): Promise<void> {
  await using handle = await open(file, 'wx', mode);
  await handle.chmod(mode);
  await handle.writeFile(content);
  await handle.sync();
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
