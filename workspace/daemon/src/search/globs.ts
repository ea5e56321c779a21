import path from 'node:path';
import type { SearchQuery } from '@podex/contracts/files';

const GLOBS_MAX = 50;
/** What stands between commas; those in braces belong to the glob. */
const ENTRY = /(?:\{[^}]*\}|[^,{]|\{)+/g;

/** The globs of a search as ripgrep reads them, `!` for what is left out. A name alone means the file, and the folder with all in it. */
export function globsOf({
  glob,
  include,
  exclude,
}: Pick<SearchQuery, 'glob' | 'include' | 'exclude'>): string[] {
  const included = entriesOf(include).flatMap((entry) => [
    entry,
    `${isAtAnyDepth(entry) ? '**/' : ''}${entry}/**`,
  ]);
  const excluded = entriesOf(exclude).map((entry) => `!${entry}`);
  return [...(glob === undefined ? [] : [glob]), ...included, ...excluded];
}

function entriesOf(list = ''): string[] {
  const entries = list.match(ENTRY) ?? [];
  return entries
    .map((entry) => entry.trim().replace(/^\.\//, '/').replace(/\/+$/, ''))
    .filter((entry) => entry !== '')
    .slice(0, GLOBS_MAX);
}

function isAtAnyDepth(entry: string): boolean {
  return !entry.includes('/');
}

/** Whether globs take in a file: without a slash one means the name at any depth; `!` leaves out; of those that match, the last decides. */
export function globMatcher(globs: readonly string[]): (relativePath: string) => boolean {
  const rules = globs.map((glob) => {
    const pattern = glob.replace(/^!/, '').replace(/^\//, '');
    return { pattern, isExcluding: glob.startsWith('!'), isNameOnly: !glob.replace(/^!/, '').includes('/') };
  });
  const isInByDefault = rules.every(({ isExcluding }) => isExcluding);
  return (relativePath) => {
    const last = rules.findLast(({ pattern, isExcluding, isNameOnly }) =>
      isExcluding
        ? foldersAndFile(relativePath).some((part) => matches(part, pattern, isNameOnly))
        : matches(relativePath, pattern, isNameOnly),
    );
    return last === undefined ? isInByDefault : !last.isExcluding;
  };
}

function matches(relativePath: string, pattern: string, isNameOnly: boolean): boolean {
  return path.matchesGlob(isNameOnly ? path.basename(relativePath) : relativePath, pattern);
}

/** `a/b/c`, `a/b` and `a`: what is left out takes all below it along. */
function foldersAndFile(relativePath: string): string[] {
  const parts = relativePath.split('/');
  return parts.map((_part, index) => parts.slice(0, parts.length - index).join('/'));
}
