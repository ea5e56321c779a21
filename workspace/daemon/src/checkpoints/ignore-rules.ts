/** More is not read of a .gitignore, nor more rules kept. */
const RULES_MAX = 2_000;
const RULE_CHARACTERS_MAX = 1_000;
const SPECIAL = /[.+^${}()|\\/]/;

interface Rule {
  isNegated: boolean;
  isForFolders: boolean;
  matches: (subject: string) => boolean;
  /** Against the path below the folder of the .gitignore; otherwise against the name alone. */
  isPath: boolean;
}

/**
 * What the .gitignore of a folder and of those above it leave out, as gitignore(5) says. Only those from the folder of the checkpoint
 * down are read: not the user’s own excludes, and not `.git/info/exclude`.
 */
export class IgnoreRules {
  static readonly none = new IgnoreRules(undefined, '', []);
  readonly #above: IgnoreRules | undefined;
  /** With a slash at its end, unless it is the top. */
  readonly #folder: string;
  readonly #rules: readonly Rule[];

  private constructor(above: IgnoreRules | undefined, folder: string, rules: readonly Rule[]) {
    this.#above = above;
    this.#folder = folder;
    this.#rules = rules;
  }

  /** With those of a .gitignore in `folder` (relative to the top, `` for it). */
  with(folder: string, text: string): IgnoreRules {
    const rules = text
      .split('\n')
      .slice(0, RULES_MAX)
      .flatMap((line) => parseRule(line.replace(/\r$/, '')) ?? []);
    return rules.length === 0 ? this : new IgnoreRules(this, folder === '' ? '' : `${folder}/`, rules);
  }

  /** Of an entry whose folder is not left out itself. */
  ignores(path: string, name: string, isFolder: boolean): boolean {
    for (let index = this.#rules.length - 1; index >= 0; index -= 1) {
      const rule = this.#rules[index];
      if (rule === undefined || (rule.isForFolders && !isFolder)) continue;
      const subject = rule.isPath ? path.slice(this.#folder.length) : name;
      if (rule.matches(subject)) return !rule.isNegated;
    }
    return this.#above?.ignores(path, name, isFolder) ?? false;
  }
}

function parseRule(line: string): Rule | undefined {
  if (line.startsWith('#') || line.length > RULE_CHARACTERS_MAX) return undefined;
  let pattern = line.replace(/(?<!\\) +$/, '');
  const isNegated = pattern.startsWith('!');
  if (isNegated) pattern = pattern.slice(1);
  const isForFolders = pattern.endsWith('/');
  if (isForFolders) pattern = pattern.slice(0, -1);
  if (pattern === '') return undefined;
  const isPath = pattern.includes('/');
  const matches = matcherOf(pattern.replace(/^\//, ''));
  return { isNegated, isForFolders, isPath, matches };
}

/** A name without a wildcard needs no pattern, and most are of that kind. */
function matcherOf(pattern: string): (subject: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (subject) => subject === pattern;
  const expression = toExpression(pattern);
  return (subject) => matchesExpression(expression, subject);
}

type Part =
  | { type: 'one'; test: RegExp }
  | { type: 'text'; text: string }
  | { type: 'name' }
  | { type: 'path' };

/** Parts instead of a regular expression: several stars in one would take time that grows with their power. */
function toExpression(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const [token, part] = nextPart(rest, at === 0 || pattern[at - 1] === '/');
    parts.push(...part);
    at += token;
  }
  return parts;
}

function nextPart(rest: string, isAtStart: boolean): [length: number, parts: Part[]] {
  if (isAtStart && rest.startsWith('**/')) return [3, [{ type: 'path' }]];
  if (isAtStart && rest === '**') return [2, [{ type: 'name' }, { type: 'path' }]];
  if (rest.startsWith('*')) return [/^\*+/.exec(rest)?.[0].length ?? 1, [{ type: 'name' }]];
  if (rest.startsWith('?')) return [1, [{ type: 'one', test: /^[^/]$/u }]];
  const set = /^\[([!^]?)(\]?[^\]]*)\]/.exec(rest);
  if (set) return [set[0].length, [{ type: 'one', test: setPattern(set[1] ?? '', set[2] ?? '') }]];
  if (rest.startsWith('\\') && rest.length > 1) return [2, [{ type: 'text', text: rest.charAt(1) }]];
  const text = /^[^*?[\\/]+/.exec(rest)?.[0] ?? rest.charAt(0);
  return [text.length, [{ type: 'text', text }]];
}

function setPattern(negation: string, members: string): RegExp {
  const escaped = members
    .split('')
    .map((character) =>
      SPECIAL.test(character) || character === '[' || character === ']' ? `\\${character}` : character,
    )
    .join('');
  try {
    return new RegExp(`^[${negation === '' ? '' : '^/'}${escaped}]$`);
  } catch {
    // A range that is none.
    return /^(?!)$/;
  }
}

/** Where each part can end in the subject, part after part: no going back. */
function matchesExpression(parts: readonly Part[], subject: string): boolean {
  let places = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    for (const place of places) for (const end of endsOf(part, subject, place)) next.add(end);
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(subject.length);
}

function endsOf(part: Part, subject: string, place: number): number[] {
  switch (part.type) {
    case 'text':
      return subject.startsWith(part.text, place) ? [place + part.text.length] : [];
    case 'one':
      return place < subject.length && part.test.test(subject.charAt(place)) ? [place + 1] : [];
    case 'name': {
      const slash = subject.indexOf('/', place);
      const last = slash === -1 ? subject.length : slash;
      return Array.from({ length: last - place + 1 }, (_, index) => place + index);
    }
    default: {
      // Folders, none or several; or all that is left.
      const ends = [place, subject.length];
      for (let slash = subject.indexOf('/', place); slash !== -1; slash = subject.indexOf('/', slash + 1)) {
        ends.push(slash + 1);
      }
      return ends;
    }
  }
}
