import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The build context of the workspace image: this folder. */
export const IMAGE_CONTEXT_DIRECTORY = import.meta.dirname;

/** What of the folder is sent to the engine, and therefore hashed. */
export const IMAGE_CONTEXT_ENTRIES = ['Dockerfile', 'etc'] as const;

/** The image label that holds `workspaceImageDigest()` of the inputs it was built from. */
export const LABEL_IMAGE_DIGEST = 'dev.podex.image-digest';

/**
 * Hash (64 hex digits) of everything the image is built from: names, executable bits and contents.
 * Two checkouts with equal inputs agree on it; the date and the packages of the day are not in it.
 */
export async function workspaceImageDigest(
  contextDirectory: string = IMAGE_CONTEXT_DIRECTORY,
): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of IMAGE_CONTEXT_ENTRIES) await hashEntry(hash, contextDirectory, entry);
  return hash.digest('hex');
}

async function hashEntry(hash: ReturnType<typeof createHash>, root: string, name: string): Promise<void> {
  const fullPath = path.join(root, name);
  const stats = await lstat(fullPath);
  if (stats.isDirectory()) {
    const children = (await readdir(fullPath)).sort();
    for (const child of children) await hashEntry(hash, root, `${name}/${child}`);
    return;
  }
  const content = await readFile(fullPath);
  const executable = (stats.mode & 0o100) !== 0 ? 'x' : '-';
  hash.update(`${name}\0${executable}\0${content.length}\0`).update(content);
}
