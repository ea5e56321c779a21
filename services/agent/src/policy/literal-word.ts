import type { Word, WordPart } from 'unbash';

/** A word of a command, or null when it isn’t known before the command runs: a variable, the output of another command. */
export type CommandWord = string | null;

/**
 * What bash makes of the word. A pattern of file names is known as far as it goes when it begins with plain text: what it becomes is
 * then a name below that text, never an option.
 */
export function literalWord({ value, text, parts = [] }: Word): CommandWord {
  if (!parts.every(isKnown)) return null;
  const isPattern = parts.some(({ type }) => type === 'Glob');
  return isPattern && /^[-*?[]/.test(text) ? null : value;
}

/** The same of a path that is written to, where neither a pattern nor another person’s home directory is known. */
export function literalPath(word: Word): CommandWord {
  if (word.parts?.some(({ type }) => type === 'Glob') || /^~[^/]/.test(word.text)) return null;
  return literalWord(word);
}

function isKnown(part: WordPart): boolean {
  switch (part.type) {
    case 'Literal':
    case 'Glob':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return true;
    case 'DoubleQuoted':
      return part.parts.every(({ type }) => type === 'Literal');
    default:
      return false;
  }
}
