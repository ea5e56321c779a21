import type { Dirent } from 'node:fs';
import { PodexError } from '@podex/contracts/errors';
import { readFolder } from './disk.ts';

export interface FoundName {
  name: string;
  entry: Dirent<Buffer>;
}

export interface FolderPage {
  found: FoundName[];
  /** Of the page after this one; null at the end. */
  next: string | null;
}

/** Names that wait to be sorted, for each that is wanted: sorting some now and then costs less than all at the end. */
const KEPT_FOR_EACH = 4;

/**
 * The `limit` first names after the cursor: folders first, then by name. However many the folder has, no more than a few times `limit`
 * are held or sorted at once.
 */
export async function readFolderPage(
  folder: string,
  { limit, after }: { limit: number; after: string | undefined },
): Promise<FolderPage> {
  const start = after === undefined ? undefined : parseCursor(after);
  let kept: (FoundName & Place)[] = [];
  let last: Place | undefined;
  const cut = () => {
    kept.sort(byPlace);
    if (kept.length <= limit) return;
    kept = kept.slice(0, limit + 1);
    last = kept.at(-1);
  };
  for await (const { name, entry } of readFolder(folder)) {
    const one = { name, entry, isFolder: entry.isDirectory() };
    if (start !== undefined && byPlace(one, start) <= 0) continue;
    if (last !== undefined && byPlace(one, last) > 0) continue;
    kept.push(one);
    if (kept.length > limit * KEPT_FOR_EACH + 1) cut();
  }
  cut();
  const found = kept.slice(0, limit);
  const end = found.at(-1);
  return { found, next: kept.length > limit && end !== undefined ? toCursor(end) : null };
}

/** In the order of a listing. */
interface Place {
  isFolder: boolean;
  name: string;
}

function byPlace(one: Place, other: Place): number {
  if (one.isFolder !== other.isFolder) return one.isFolder ? -1 : 1;
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}

function toCursor({ isFolder, name }: Place): string {
  return `${isFolder ? 'd' : 'f'}.${Buffer.from(name).toString('base64url')}`;
}

/** @throws PodexError invalid_request. */
function parseCursor(cursor: string): Place {
  const [, kind, name] = /^([df])\.([\w-]+)$/.exec(cursor) ?? [];
  if (name === undefined) {
    const message = 'after is not the `next` of a page before. Begin with the first page.';
    throw new PodexError('invalid_request', message, {});
  }
  return { isFolder: kind === 'd', name: Buffer.from(name, 'base64url').toString('utf8') };
}
