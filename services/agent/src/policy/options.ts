import type { CommandWord } from './literal-word.ts';

/** The options of a program that runs another, and how many words stand between them and its command. */
export interface OptionTable {
  /** Without a value: letters, and long names with their dashes. */
  flags: string;
  /** With a value: the same. */
  valued: string;
  positionals?: number;
}

/** Where the command begins behind its wrapper’s options; undefined for an option that isn’t in the table. */
export function commandStart(words: readonly CommandWord[], table: OptionTable): number | undefined {
  const flags = new Set(table.flags.split(' '));
  const valued = new Set(table.valued.split(' '));
  let index = 1;
  while (isOption(words[index])) {
    const word = words[index] ?? '';
    const takesNext = word.startsWith('--') ? longOption(word, flags, valued) : letters(word, flags, valued);
    if (takesNext === undefined) return undefined;
    index += takesNext ? 2 : 1;
  }
  if (words[index] === null) return undefined;
  const isEndMarked = words[index] === '--';
  return index + (isEndMarked ? 1 : 0) + (table.positionals ?? 0);
}

function isOption(word: CommandWord | undefined): boolean {
  return typeof word === 'string' && /^-./.test(word) && word !== '--';
}

type Known = ReadonlySet<string>;

/** Whether the next word is its value. */
function longOption(word: string, flags: Known, valued: Known): boolean | undefined {
  const [name = ''] = word.split('=', 1);
  if (valued.has(name)) return name === word;
  return flags.has(word) ? false : undefined;
}

function letters(word: string, flags: Known, valued: Known): boolean | undefined {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    if (valued.has(letter)) return at === word.length - 1;
    if (!flags.has(letter)) return undefined;
  }
  return false;
}
