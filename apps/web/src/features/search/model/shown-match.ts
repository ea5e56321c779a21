import type { SearchMatch } from '@podex/contracts/files';

/** Of what stands before a match: the match itself must be seen in a narrow column. */
const BEFORE_CHARACTERS = 26;

export interface ShownMatch {
  before: string;
  hit: string;
  after: string;
}

/** The line of a match in three parts, without what indents it. */
export function shownMatch({
  text = '',
  column = 1,
  text_column: from = 1,
  length = 0,
}: SearchMatch): ShownMatch {
  const start = Math.max(0, Math.min(column - from, text.length));
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const hitEnd = Math.min(start + length, end);
  const before = text.slice(0, start).trimStart();
  const isLong = before.length > BEFORE_CHARACTERS;
  return {
    before: isLong ? `…${before.slice(-BEFORE_CHARACTERS).toWellFormed()}` : before,
    hit: text.slice(start, hitEnd),
    after: text.slice(hitEnd, end).trimEnd(),
  };
}
