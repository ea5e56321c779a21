import type { BigIntStats, Dirent } from 'node:fs';
import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { FileEntry, FileListing } from '@podex/contracts/files';
import { lstat, readLink, stat } from './disk.ts';
import { isMissing, onFile, translateFileError } from './file-errors.ts';
import { type FoundName, readFolderPage } from './folder-page.ts';

const NANOSECONDS_PER_MS = 1_000_000;
const STATS_AT_ONCE = 64;
const MAX_LINKS = 40;
/** What a date of the contract can say. */
const FIRST_DATE_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_DATE_MS = Date.parse('9999-12-31T23:59:59Z');

/**
 * Size, modification and change time. Whatever replaces a file or writes it moves the change time, which no program can set back, not
 * even one that keeps the other two. Not the inode: under gVisor it is a number in the order of looking, another with every start of the
 * container, and an editor left open overnight would see a change that nobody made.
 */
export function etagOf({
  size,
  mtimeNs,
  ctimeNs,
}: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs'>): string {
  return `"${[size, mtimeNs, ctimeNs].map((number) => number.toString(16)).join('-')}"`;
}

/** The date of the file that the etag was made of; undefined when it is none of ours. */
export function modifiedAtOf(etag: string): string | undefined {
  const [, modified] = /^"[\da-f]+-(-?[\da-f]{1,16})-/.exec(etag) ?? [];
  return modified === undefined ? undefined : toDate(Number.parseInt(modified, 16) / NANOSECONDS_PER_MS);
}

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

/** A date far off, which a file may bear, is shown as the last that can be written. */
function toDate(milliseconds: number): string {
  const limited = Math.min(Math.max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS);
  return new Date(limited).toISOString();
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
  if (!(stats.isDirectory() || (stats.isSymbolicLink() && (await leadsToFolder(file))))) {
    return { entry, next: null };
  }
  const { found, next } = await onFile(file, () => readFolderPage(file, page));
  return { entry, children: await statAll(file, found), truncated: next !== null, next };
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
