import type { FileChange } from '@podex/contracts/file-events';
import { parentOf } from './paths.ts';

export interface Shown {
  folders: readonly string[];
  files: readonly string[];
}

/** What of that which is shown is to be read again after these changes. */
export function touchedBy(changes: readonly FileChange[], { folders, files }: Shown): Shown {
  const changed = new Set<string>();
  /** They stand for something else now, with all below them. */
  const renewed = new Set<string>();
  const listings = new Set<string>();
  for (const { path, kind } of changes) {
    changed.add(path);
    if (kind === 'changed') continue;
    renewed.add(path);
    listings.add(parentOf(path));
  }
  return {
    folders: folders.filter((folder) => listings.has(folder) || isAtOrBelow(folder, renewed)),
    files: files.filter((file) => changed.has(file) || isAtOrBelow(file, renewed)),
  };
}

function isAtOrBelow(path: string, roots: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (roots.has(path.slice(0, end))) return true;
  }
  return false;
}

/** Of the address of the request, which has room for about twice as much. */
const PATH_CHARACTERS_MAX = 6_000;
const FOLDERS_MAX = 200;

/**
 * The folders to watch for what is shown: those that are listed, those that open files are in, and those above them, which tell when
 * one below is moved. The nearest to the root first; `isWhole` is false when there are too many.
 */
export function foldersToWatch(
  { folders, files }: Shown,
  root: string,
): { paths: string[]; isWhole: boolean } {
  const wanted = new Set([root]);
  for (const folder of [...folders, ...files.map(parentOf)]) {
    for (let path = folder; !wanted.has(path) && path.length > 1; path = parentOf(path)) {
      wanted.add(path);
      if (!path.startsWith(`${root}/`)) break;
    }
  }
  const sorted = [...wanted].sort((one, other) => depthOf(one) - depthOf(other) || (one < other ? -1 : 1));
  const paths: string[] = [];
  let characters = 0;
  for (const path of sorted) {
    characters += encodeURIComponent(path).length;
    if (paths.length === FOLDERS_MAX || characters > PATH_CHARACTERS_MAX) return { paths, isWhole: false };
    paths.push(path);
  }
  return { paths, isWhole: true };
}

function depthOf(path: string): number {
  return path.split('/').length;
}
