import path from 'node:path';
import { GIT_REPOSITORIES_MAX, type GitRepositories } from '@podex/contracts/git';
import { lstat, readFolder } from '../files/disk.ts';

const DEPTH_MAX = 3;
/** Folders that are looked into, and entries that are looked at in all of them. */
const FOLDERS_MAX = 2_000;
const ENTRIES_MAX = 50_000;
const PASSED_OVER = new Set(['node_modules', 'vendor', 'target']);

interface Search {
  found: string[];
  looked: number;
  entries: number;
  signal: AbortSignal;
}

/** Repositories below the home, by path. Hidden folders, and those that hold what tools fetched, are not looked into. */
export async function findRepositories(homePath: string, signal: AbortSignal): Promise<GitRepositories> {
  const search: Search = { found: [], looked: 0, entries: 0, signal };
  let folders: readonly string[] = [homePath];
  for (let depth = 0; depth <= DEPTH_MAX; depth += 1) {
    const below: string[] = [];
    for (const folder of folders) {
      if (isEnough(search)) return present(homePath, search.found, true);
      below.push(...(await lookInto(folder, depth < DEPTH_MAX, search)));
    }
    folders = below;
  }
  return present(homePath, search.found, false);
}

function isEnough({ found, looked, entries, signal }: Search): boolean {
  signal.throwIfAborted();
  return looked >= FOLDERS_MAX || entries >= ENTRIES_MAX || found.length > GIT_REPOSITORIES_MAX;
}

/** @returns the folders in it that are to be looked into. */
async function lookInto(folder: string, isDeeper: boolean, search: Search): Promise<string[]> {
  search.looked += 1;
  if (await isThere(path.join(folder, '.git'))) search.found.push(folder);
  const below: string[] = [];
  if (!isDeeper) return below;
  for await (const { name, entry } of childrenOf(folder)) {
    search.entries += 1;
    if (search.entries >= ENTRIES_MAX) break;
    const isOpen = entry.isDirectory() && !name.startsWith('.') && !PASSED_OVER.has(name);
    if (isOpen) below.push(path.join(folder, name));
  }
  return below;
}

function present(homePath: string, found: readonly string[], isCut: boolean): GitRepositories {
  const items = found
    .slice(0, GIT_REPOSITORIES_MAX)
    .sort()
    .map((folder) => ({ path: folder, name: path.relative(homePath, folder) || path.basename(folder) }));
  return { items, truncated: isCut || found.length > GIT_REPOSITORIES_MAX };
}

const isThere = (file: string) =>
  lstat(file).then(
    () => true,
    () => false,
  );

/** Of a folder that cannot be read, nothing. */
async function* childrenOf(folder: string): ReturnType<typeof readFolder> {
  try {
    yield* readFolder(folder);
  } catch {
    // What cannot be read holds no repository that could be used.
  }
}
