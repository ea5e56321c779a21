import type { PreviewReplaceInput } from '@podex/contracts/replacing';
import { z } from 'zod';
import { compileGuarded, GuardedContext } from './guarded-script.ts';
import { isMultiline, toReplacePattern } from './patterns.ts';
import { parseReplacement, type ReplacementPart } from './replacement-text.ts';

/** Of a text after its replacements, in UTF-16 units. */
const CHARACTERS_MAX = 32 * 1024 * 1024;

const replaced = z.object({
  count: z.number(),
  replacements: z.number(),
  changes: z.array(
    z.object({
      index: z.number(),
      line: z.number(),
      lineStart: z.number(),
      start: z.number(),
      end: z.number(),
      replacement: z.string(),
    }),
  ),
  /** Null when only the changes were asked for. */
  text: z.string().nullable(),
});
export type Replaced = z.infer<typeof replaced>;

interface ReplaceScriptInput {
  text: string;
  pattern: RegExp | undefined;
  parts: readonly ReplacementPart[];
  isMultiline: boolean;
  chosen: readonly number[] | null;
  limit: number;
  isTextWanted: boolean;
  max: number;
}

const NAMES = ['text', 'pattern', 'parts', 'isMultiline', 'chosen', 'limit', 'isTextWanted', 'max'] as const;
/** A match that would cut a character in two is none. What is replaced stays below `max`: a short text can ask for an endless one. */
const REPLACE = compileGuarded(
  NAMES,
  `
  const only = chosen === null ? null : new Set(chosen);
  const changes = [];
  const pieces = [];
  let [count, replacements, rest, size] = [0, 0, 0, 0];
  const isPair = (at) => at > 0 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(at) & 0xfc00) === 0xdc00;
  const lineEndAt = (at) => {
    const next = text.indexOf('\\n', at);
    const feed = next === -1 ? text.lastIndexOf('\\n', Math.max(0, at - 1)) : next;
    return feed > 0 && text[feed - 1] === '\\r' ? '\\r\\n' : '\\n';
  };
  const groupOf = (match, digits) => {
    if (Number(digits) < match.length) return match[Number(digits)] ?? '';
    return digits.length === 2 && Number(digits[0]) < match.length ? (match[Number(digits[0])] ?? '') + digits[1] : '$' + digits;
  };
  const textOf = (part, match, end) => {
    if (typeof part === 'string') return part.includes('\\n') ? part.replaceAll(/\\r?\\n/g, lineEndAt(end)) : part;
    if ('group' in part) return groupOf(match, part.group);
    return match.groups === undefined ? '$<' + part.name + '>' : match.groups[part.name] ?? '';
  };
  const take = (match, from, line, lineStart) => {
    const start = from + match.index;
    const end = start + match[0].length;
    if (isPair(start) || isPair(end)) return true;
    count += 1;
    if (only !== null && !only.has(count - 1)) return true;
    size += start - rest;
    const own = [];
    for (const part of parts) {
      const added = textOf(part, match, end);
      size += added.length;
      if (size > max) return false;
      own.push(added);
    }
    const replacement = own.join('');
    replacements += 1;
    if (isTextWanted) pieces.push(text.slice(rest, start), replacement);
    if (changes.length < limit) changes.push({ index: count - 1, line, lineStart, start, end, replacement });
    rest = end;
    return true;
  };
  const all = (own, from, lineAt) => {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(own); match !== null; match = pattern.exec(own)) {
      if (match[0] === '') pattern.lastIndex += isPair(from + pattern.lastIndex + 1) ? 2 : 1;
      if (!take(match, from, ...lineAt(match.index))) return false;
    }
    return true;
  };
  const byLines = () => {
    for (let line = 1, at = 0; at < text.length; line += 1) {
      const feed = text.indexOf('\\n', at);
      const next = feed === -1 ? text.length + 1 : feed + 1;
      const end = next - 1 > at && text[next - 2] === '\\r' ? next - 2 : next - 1;
      const lineAt = [line, at];
      if (!all(text.slice(at, end), at, () => lineAt)) return false;
      at = next;
    }
    return true;
  };
  const whole = () => {
    let [line, lineStart] = [1, 0];
    return all(text, 0, (index) => {
      for (let feed = text.indexOf('\\n', lineStart); feed !== -1 && feed < index; feed = text.indexOf('\\n', lineStart)) {
        line += 1;
        lineStart = feed + 1;
      }
      return [line, lineStart];
    });
  };
  if (!(isMultiline ? whole() : byLines()) || size + text.length - rest > max) return null;
  return { count, replacements, changes, text: isTextWanted ? pieces.join('') + text.slice(rest) : null };`,
);

export type ReplacePattern = Omit<PreviewReplaceInput, 'paths'>;

export interface ReplaceWish {
  /** The matches to replace, from 0; undefined for all. */
  only?: readonly number[] | undefined;
  /** Changes that are told. */
  limit: number;
  isTextWanted: boolean;
}

/** Replaces the matches of a pattern; a pattern that takes too long is given up. */
export class GuardedReplacement {
  readonly #context: GuardedContext<ReplaceScriptInput>;

  /** @throws PodexError invalid_request. */
  constructor({
    q,
    regex,
    case_sensitive: isCaseSensitive,
    whole_word: isWholeWord,
    replacement,
  }: ReplacePattern) {
    const options = { text: q, isRegex: regex, isCaseSensitive, isWholeWord };
    this.#context = new GuardedContext<ReplaceScriptInput>({
      text: '',
      pattern: toReplacePattern(options),
      parts: regex ? parseReplacement(replacement) : [replacement],
      isMultiline: isMultiline(options),
      chosen: null,
      limit: 0,
      isTextWanted: false,
      max: CHARACTERS_MAX,
    });
  }

  run(text: string, { only, limit, isTextWanted }: ReplaceWish): Replaced | 'too_slow' | 'too_large' {
    const found = this.#context.run(REPLACE, { text, chosen: only ?? null, limit, isTextWanted });
    if (found === undefined) return 'too_slow';
    return found === null ? 'too_large' : replaced.parse(found);
  }
}
