import type { BigIntStats, Dirent } from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry, FileListing } from '@podex/contracts/files';
import { lstat, readLink, realPath, stat } from './disk.ts';
import { etagOf, toDate } from './etag.ts';
import { isMissing, onFile, translateFileError } from './file-errors.ts';
import { type FoundName, readFolderPage } from './folder-page.ts';

const STATS_AT_ONCE = 64;
const MAX_LINKS = 40;

export function toEntry(file: string, stats: BigIntStats): FileEntry {
  return {
    name: path.basename(file) || '/',
    path: file,
    type: typeOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    modified_at: toDate(Number(stats.mtimeMs)),
    etag: etagOf(stats),
  };
}

/** Of which only the folder that it is in tells anything. */
function toUnreadableEntry(file: string, entry: Dirent<Buffer>, reason: unknown): FileEntry {
  const problem = translateFileError(reason, file);
  return {
    name: path.basename(file),
    path: file,
    type: typeOf(entry),
    size: 0,
    mode: 0,
    modified_at: toDate(0),
    etag: '""',
    unreadable: PodexError.isInstance(problem) ? problem.message : `${shownPath(file)} can’t be read.`,
  };
}

function typeOf(entry: Pick<BigIntStats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileEntry['type'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

/** The entry of `file` itself (a link is a link), and a page of the children of a folder or of a link to one. */
export async function listFile(
  file: string,
  page: { limit: number; after: string | undefined },
): Promise<FileListing> {
  const stats = await onFile(file, () => lstat(file));
  const entry = toEntry(file, stats);
  const target = await linkTarget(file);
  const place = target === undefined ? { entry } : { entry, target };
  if (!(stats.isDirectory() || (stats.isSymbolicLink() && (await leadsToFolder(file))))) {
    return { ...place, next: null };
  }
  const { found, next } = await onFile(file, () => readFolderPage(file, page));
  return { ...place, children: await statAll(file, found), truncated: next !== null, next };
}

/** Undefined when no part of the path is a link, and when a link leads nowhere. */
async function linkTarget(file: string): Promise<string | undefined> {
  try {
    const followed = await followLinks(file);
    const target = path.join(await realPath(path.dirname(followed)), path.basename(followed));
    return target === file ? undefined : target;
  } catch {
    return undefined;
  }
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch {
    // Dangling, a loop, or not ours to follow: it is shown as the link it is.
    return false;
  }
}

/** Entries that vanish meanwhile are left out; those of which nothing can be found out are listed as such. */
async function statAll(folder: string, found: readonly FoundName[]): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (let index = 0; index < found.length; index += STATS_AT_ONCE) {
    const batch = found.slice(index, index + STATS_AT_ONCE).map(async ({ name, entry }) => {
      const file = path.join(folder, name);
      try {
        return toEntry(file, await lstat(file));
      } catch (error) {
        return isMissing(error) ? undefined : toUnreadableEntry(file, entry, error);
      }
    });
    for (const entry of await Promise.all(batch)) if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** The file that a write to `file` lands in: links are followed, and one that dangles leads to where it points. */
export async function followLinks(file: string): Promise<string> {
  let current = file;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const stats = await statIfThere(current);
    if (!stats?.isSymbolicLink()) return current;
    current = path.resolve(path.dirname(current), await readLink(current));
  }
  const message = `${shownPath(file)} leads through too many links. Mend the links.`;
  throw new PodexError('invalid_request', message, {});
}

/** Of `file` itself, links not followed; undefined when it is not there. */
export async function statIfThere(file: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
