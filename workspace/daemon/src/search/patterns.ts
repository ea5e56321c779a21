import path from 'node:path';
import { PodexError } from '@podex/contracts/errors';
import type { SearchRequest } from './search-request.ts';

type PatternOptions = Pick<SearchRequest, 'text' | 'isRegex' | 'isCaseSensitive'>;

/** @throws PodexError invalid_request. */
export function toPattern({ text, isRegex, isCaseSensitive }: PatternOptions): RegExp {
  const source = isRegex ? text : text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  try {
    return new RegExp(source, isCaseSensitive ? '' : 'i');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PodexError(
      'invalid_request',
      `The search pattern is not valid: ${reason}`,
      {},
      { cause: error },
    );
  }
}

/** Tells the files whose path, from the searched folder on, contains the text or matches the pattern. */
export function nameMatcher(options: PatternOptions): (relativePath: string) => boolean {
  const pattern = toPattern(options);
  return (relativePath) => pattern.test(relativePath);
}

/** Whether a glob takes in a file, as ripgrep reads globs: without a slash it means the name at any depth; `!` leaves out. */
export function globMatcher(glob: string | undefined): (relativePath: string) => boolean {
  if (glob === undefined) return () => true;
  const isExcluding = glob.startsWith('!');
  const pattern = glob.replace(/^!/, '').replace(/^\//, '');
  const isNameOnly = !pattern.includes('/');
  return (relativePath) => {
    const subject = isNameOnly ? path.basename(relativePath) : relativePath;
    return path.matchesGlob(subject, pattern) !== isExcluding;
  };
}
