import type { CommandWord } from './literal-word.ts';
import { commandStart, type OptionTable } from './options.ts';

/** What a simple command runs besides itself. */
export interface CommandsInside {
  /** A rule must be about the command itself too, because it does more than run another. */
  isCounted: boolean;
  inner: CommandWord[][];
  /** Command lines that a shell reads. */
  lines: string[];
  /** Why what it runs isn’t known. */
  unclear: string | undefined;
}

const itself: CommandsInside = { isCounted: true, inner: [], lines: [], unclear: undefined };
const unknown = (unclear: string): CommandsInside => ({ ...itself, unclear });

/** They change nothing about the command but how it is started. */
const PLAIN: Readonly<Record<string, OptionTable>> = {
  command: { flags: 'p', valued: '' },
  builtin: { flags: '', valued: '' },
  exec: { flags: 'c l', valued: 'a' },
  nohup: { flags: '', valued: '' },
  time: { flags: 'p v --portability --verbose', valued: 'f --format' },
  nice: { flags: '', valued: 'n --adjustment' },
  ionice: { flags: 't', valued: 'c n --class --classdata' },
  timeout: {
    flags: 'v --foreground --preserve-status --verbose',
    valued: 'k s --kill-after --signal',
    positionals: 1,
  },
  stdbuf: { flags: '', valued: 'i o e --input --output --error' },
  setsid: { flags: 'c f w --ctty --fork --wait', valued: '' },
  env: { flags: 'i 0 --ignore-environment --null', valued: 'u --unset' },
};

const COUNTED: Readonly<Record<string, OptionTable>> = {
  sudo: { flags: 'n E H k b S', valued: 'u g p --user --group' },
  doas: { flags: 'n', valued: 'u' },
  xargs: {
    flags: '0 r t x p --null --no-run-if-empty --verbose --replace',
    valued: 'n L P I d a E s --max-args --max-lines --max-procs --delimiter --arg-file',
  },
};

const SHELLS = new Set(['bash', 'sh', 'dash']);
const FIND_RUNS = new Set(['-exec', '-execdir', '-ok', '-okdir']);

export function commandsInside(words: readonly CommandWord[]): CommandsInside {
  const name = programName(words[0]);
  if (SHELLS.has(name)) return shell(words);
  if (name === 'eval') return evaluated(words);
  if (name === 'find') return found(words);
  const plain = PLAIN[name];
  if (plain !== undefined) return wrapped(name, words, plain);
  const counted = COUNTED[name];
  return counted === undefined ? itself : { ...wrapped(name, words, counted), isCounted: true };
}

/** `/usr/bin/git` is git for a rule that denies it. */
export function programName(word: CommandWord | undefined): string {
  return word?.split('/').at(-1) ?? '';
}

function wrapped(name: string, words: readonly CommandWord[], table: OptionTable): CommandsInside {
  // `command -v` only looks a name up.
  if (name === 'command' && /^-[vV]$/.test(words[1] ?? '')) return itself;
  const start = commandStart(words, table);
  if (start === undefined) return unknown(`it isn’t clear what ${name} runs`);
  const rest = words.slice(start);
  if (name === 'xargs') return { ...itself, inner: [fromInput(words.slice(0, start), rest)] };
  const assigned = name === 'env' || name === 'sudo' ? rest.findIndex((word) => !isAssignment(word)) : 0;
  if (assigned > 0) return unknown(`${name} sets variables`);
  if (rest.length === 0 || assigned < 0) return itself;
  return { ...itself, isCounted: isElsewhere(words), inner: [rest] };
}

/** A program of the same name in some folder may be another. */
function isElsewhere([name]: readonly CommandWord[]): boolean {
  return name?.includes('/') ?? true;
}

function isAssignment(word: CommandWord): boolean {
  return word === null || /^\w+=/.test(word);
}

/** What xargs runs: its last words, or those at a mark, come from the input. */
function fromInput(options: readonly CommandWord[], rest: readonly CommandWord[]): CommandWord[] {
  const command = rest.length === 0 ? ['echo'] : [...rest];
  const marks = options.some((word) => /^(-\w*I|--replace)/.test(word ?? ''));
  return marks ? [command[0] ?? null, ...command.slice(1).map(() => null)] : [...command, null];
}

/** `bash -c LINE` is the line; a script is a file as any other; without either it reads commands from its input. */
function shell(words: readonly CommandWord[]): CommandsInside {
  // Options with a plus sign turn something off.
  const start = commandStart(words, { flags: 'c e u x l v n --login --norc --noprofile', valued: 'o' });
  if (start === undefined || start >= words.length || words[start]?.startsWith('+')) {
    return unknown('a shell runs what isn’t known');
  }
  const takesLine = words.slice(1, start).some((word) => /^-\w*c/.test(word ?? ''));
  if (!takesLine) return itself;
  const line = words[start];
  if (line === null || line === undefined) return unknown('a shell runs what isn’t known');
  return { ...itself, isCounted: isElsewhere(words), lines: [line] };
}

function evaluated(words: readonly CommandWord[]): CommandsInside {
  if (words.includes(null)) return unknown('eval runs what isn’t known');
  return { ...itself, isCounted: isElsewhere(words), lines: [words.slice(1).join(' ')] };
}

function found(words: readonly CommandWord[]): CommandsInside {
  const inner: CommandWord[][] = [];
  for (const [index, word] of words.entries()) {
    if (word === null || !FIND_RUNS.has(word)) continue;
    const rest = words.slice(index + 1);
    const end = rest.findIndex((part) => part === ';' || part === '+');
    const command = end < 0 ? rest : rest.slice(0, end);
    inner.push(command.map((part) => (part?.includes('{}') ? null : part)));
  }
  return { ...itself, inner };
}
