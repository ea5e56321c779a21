import { posix } from 'node:path';

const HOME = '/home/dev';

/** As the workspace takes it: relative to the folder, `~` is the home directory, and `..` is gone. */
export function absolutePath(path: string, folder: string = HOME): string {
  if (path === '~') return HOME;
  const base = path.startsWith('~/') ? posix.join(HOME, path.slice(2)) : path;
  return posix.resolve(HOME, folder, base);
}

/**
 * Whether a pattern with `*`, `**` and `?` is about the path. Names that begin with a dot are names as any other. Takes no longer
 * than the product of both lengths, whatever the pattern.
 */
export function matchesFile(pattern: string, path: string): boolean {
  const parts = absolutePath(pattern).split('/');
  return matchesSequence(parts, path.split('/'), { isAny: (part) => part === '**', isOne: matchesName });
}

function matchesName(pattern: string, name: string): boolean {
  return matchesSequence([...pattern], [...name], {
    isAny: (part) => part === '*',
    isOne: (part, letter) => part === '?' || part === letter,
  });
}

interface Matching {
  /** Stands for any number of items. */
  isAny(part: string): boolean;
  isOne(part: string, item: string): boolean;
}

/** Goes back to the last part that stands for any number, and to no earlier one: that is enough. */
function matchesSequence(
  parts: readonly string[],
  items: readonly string[],
  { isAny, isOne }: Matching,
): boolean {
  let part = 0;
  let item = 0;
  let back: { part: number; item: number } | undefined;
  while (item < items.length) {
    const current = parts[part];
    if (current !== undefined && isAny(current)) {
      back = { part, item };
      part += 1;
    } else if (current !== undefined && isOne(current, items[item] ?? '')) {
      part += 1;
      item += 1;
    } else if (back !== undefined) {
      back.item += 1;
      item = back.item;
      part = back.part + 1;
    } else {
      return false;
    }
  }
  return parts.slice(part).every(isAny);
}
