import path from 'node:path';
import { lstat, readFolder } from '../files/disk.ts';

export interface TreeSize {
  bytes: number;
  entries: number;
  /** False when there was more than `entriesMax`, or something that could not be read. */
  isWhole: boolean;
}

/** Bytes of a file, or of all that is in a folder. Links are not followed. */
export async function sizeOfTree(file: string, entriesMax: number): Promise<TreeSize> {
  let bytes = 0;
  let isWhole = true;
  let entries = 0;
  const waiting = [file];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    entries += 1;
    if (entries > entriesMax) return { bytes, entries, isWhole: false };
    try {
      const stats = await lstat(current);
      bytes += Number(stats.size);
      if (!stats.isDirectory()) continue;
      for await (const { name } of readFolder(current)) {
        if (waiting.length > entriesMax) return { bytes, entries, isWhole: false };
        waiting.push(path.join(current, name));
      }
    } catch {
      // Gone meanwhile, or not ours to read.
      isWhole = false;
    }
  }
  return { bytes, entries, isWhole };
}
