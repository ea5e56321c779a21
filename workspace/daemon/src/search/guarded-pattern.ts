import type vm from 'node:vm';
import { z } from 'zod';
import { compileGuarded, GuardedContext } from './guarded-script.ts';
import { isMultiline, type PatternOptions, toPattern } from './patterns.ts';

const place = z.object({ line: z.number(), lineStart: z.number(), start: z.number(), end: z.number() });
/** Of one match: its line from 1, and where the line and the match begin and the match ends, in UTF-16 units. */
export type PatternPlace = z.infer<typeof place>;
const places = z.array(place);
const indexes = z.array(z.number());

const NAMES = compile(`return texts.flatMap((text, index) => (text.search(pattern) === -1 ? [] : [index]));`);
const LINES = compile(`
  const found = [];
  for (let line = 1, at = 0; at <= text.length && found.length < limit; line += 1) {
    const feed = text.indexOf('\\n', at);
    const next = feed === -1 ? text.length + 1 : feed + 1;
    const end = next - 1 > at && text[next - 2] === '\\r' ? next - 2 : next - 1;
    const match = pattern.exec(text.slice(at, end));
    if (match !== null && at < text.length) found.push({ line, lineStart: at, start: at + match.index, end: at + match.index + match[0].length });
    at = next;
  }
  return found;`);
const SPANS = compile(`
  const found = [];
  let line = 1;
  let lineStart = 0;
  for (let match = pattern.exec(text); match !== null && found.length < limit; match = pattern.exec(text)) {
    for (let feed = text.indexOf('\\n', lineStart); feed !== -1 && feed < match.index; feed = text.indexOf('\\n', lineStart)) {
      line += 1;
      lineStart = feed + 1;
    }
    const end = match.index + match[0].length;
    found.push({ line, lineStart, start: match.index, end });
    // As by lines: the next match begins in a later one.
    const feed = text.indexOf('\\n', Math.max(match.index, end - 1));
    if (feed === -1) break;
    pattern.lastIndex = feed + 1;
  }
  return found;`);

function compile(body: string): vm.Script {
  return compileGuarded(['texts', 'text', 'limit', 'pattern'], body);
}

interface PatternInput {
  texts: readonly string[];
  text: string;
  limit: number;
  pattern: RegExp | undefined;
}

/** A pattern that is given up when it takes too long. */
export class GuardedPattern {
  readonly #pattern: RegExp;
  readonly #isMultiline: boolean;
  readonly #isRegex: boolean;
  readonly #context = new GuardedContext<PatternInput>({ texts: [], text: '', limit: 0, pattern: undefined });

  /** @throws PodexError invalid_request. */
  constructor(options: PatternOptions) {
    this.#isMultiline = isMultiline(options);
    this.#isRegex = options.isRegex;
    const pattern = toPattern(options);
    this.#pattern = this.#isMultiline ? new RegExp(pattern.source, `g${pattern.flags}`) : pattern;
  }

  /** The first match of each line; undefined when it was given up. */
  find(text: string, limit: number): PatternPlace[] | undefined {
    const found = this.#run(this.#isMultiline ? SPANS : LINES, { text, limit });
    return found === undefined ? undefined : places.parse(found);
  }

  /** Which of the texts match, by index; undefined when it was given up. */
  test(texts: readonly string[]): number[] | undefined {
    // What is no pattern has an end.
    if (!this.#isRegex)
      return texts.flatMap((text, index) => (text.search(this.#pattern) === -1 ? [] : [index]));
    const found = this.#run(NAMES, { texts });
    return found === undefined ? undefined : indexes.parse(found);
  }

  #run(script: vm.Script, input: Partial<PatternInput>): unknown {
    this.#pattern.lastIndex = 0;
    return this.#context.run(script, { ...input, pattern: this.#pattern });
  }
}
