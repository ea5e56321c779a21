import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What is made, not written: it says nothing about the source. */
const SKIPPED = new Set(['node_modules', '.next', 'next-env.d.ts', 'dist', 'coverage']);
const SKIPPED_ENDINGS = ['.test.ts', '.test.tsx', '.md', '.tsbuildinfo'];

/**
 * A hash over the content and the names of all files at or below the given paths of `root`, whatever their
 * dates. Tests and documents do not count. A path that does not exist counts as empty.
 */
export async function hashSources(root: string, paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map((entry) => listFiles(root, entry)))).flat().sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function listFiles(root: string, entry: string): Promise<string[]> {
  const entries = await readdir(path.join(root, entry), { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries === undefined) return [entry];
  const lists = await Promise.all(
    entries
      .filter(({ name }) => !SKIPPED.has(name) && !SKIPPED_ENDINGS.some((ending) => name.endsWith(ending)))
      .map((child) => {
        const file = path.join(entry, child.name);
        if (child.isDirectory()) return listFiles(root, file);
        return child.isFile() ? [file] : [];
      }),
  );
  return lists.flat();
}
