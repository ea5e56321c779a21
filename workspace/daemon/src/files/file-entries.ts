import type { BigIntStats } from 'node:fs';
import { lstat, opendir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileEntry, FileListing } from '@podex/contracts/files';
import { isMissing, onFile } from './file-errors.ts';

export const MAX_CHILDREN = 10_000;
/** Names that are sorted to find those; beyond, which ones are shown is up to the filesystem. */
const MAX_NAMES = 200_000;
const STATS_AT_ONCE = 64;
const MAX_LINKS = 40;

/**
 * Size and modification time. Not the inode: under gVisor its number changes with every start of the container, and an editor left
 * open overnight would see a change that nobody made. Writes through the daemon never leave the same pair twice.
 */
export function etagOf({ size, mtimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs'>): string {
  return `"${size.toString(16)}-${mtimeNs.toString(16)}"`;
}

export function toEntry(file: string, stats: BigIntStats): FileEntry {
  return {
    name: path.basename(file) || '/',
    path: file,
    type: typeOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    modified_at: new Date(Number(stats.mtimeMs)).toISOString(),
    etag: etagOf(stats),
  };
}

function typeOf(stats: BigIntStats): FileEntry['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** The entry of `file` itself (a link is a link), and the children of a folder or of a link to one. */
export async function listFile(file: string): Promise<FileListing> {
  const stats = await onFile(file, () => lstat(file, { bigint: true }));
  const entry = toEntry(file, stats);
  if (!(stats.isDirectory() || (stats.isSymbolicLink() && (await leadsToFolder(file))))) return { entry };
  const { names, isCut } = await onFile(file, () => readNames(file));
  const children = await statAll(file, names.slice(0, MAX_CHILDREN));
  return { entry, children, truncated: isCut || names.length > MAX_CHILDREN };
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch {
    // Dangling, a loop, or not ours to follow: it is shown as the link it is.
    return false;
  }
}

async function readNames(folder: string): Promise<{ names: string[]; isCut: boolean }> {
  const folders: string[] = [];
  const others: string[] = [];
  let isCut = false;
  for await (const entry of await opendir(folder, { bufferSize: 512 })) {
    if (folders.length + others.length >= MAX_NAMES) {
      isCut = true;
      break;
    }
    (entry.isDirectory() ? folders : others).push(entry.name);
  }
  return { names: [...folders.sort(), ...others.sort()], isCut };
}

/** Entries that vanish meanwhile are left out. */
async function statAll(folder: string, names: readonly string[]): Promise<FileEntry[]> {
  const entries: FileEntry[] = [];
  for (let index = 0; index < names.length; index += STATS_AT_ONCE) {
    const batch = names.slice(index, index + STATS_AT_ONCE).map(async (name) => {
      const file = path.join(folder, name);
      return toEntry(file, await lstat(file, { bigint: true }));
    });
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === 'fulfilled') entries.push(result.value);
      else if (!isMissing(result.reason)) throw result.reason;
    }
  }
  return entries;
}

/** The file that a write to `file` lands in: links are followed, and one that dangles leads to where it points. */
export async function followLinks(file: string): Promise<string> {
  let current = file;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const stats = await statIfThere(current);
    if (!stats?.isSymbolicLink()) return current;
    current = path.resolve(path.dirname(current), await readlink(current));
  }
  throw Object.assign(new Error(`Too many symbolic links at ${file}.`), { code: 'ELOOP' });
}

/** Of `file` itself, links not followed; undefined when it is not there. */
export async function statIfThere(file: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(file, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
