import { PodexError } from '@podex/contracts/errors';
import type { SearchRequest } from './search-request.ts';

export type PatternOptions = Pick<SearchRequest, 'text' | 'isRegex' | 'isCaseSensitive' | 'isWholeWord'>;

/** Whether the query asks for something that goes over more than one line. */
export function isMultiline({ text, isRegex }: PatternOptions): boolean {
  return /[\n\r]/.test(text) || (isRegex && /\\[nrR]|\(\?[a-z]*s[a-z]*[:)]/.test(text));
}

/** The query as the source of a regular expression, for JavaScript and for ripgrep. A line end in it means LF and CRLF. */
export function patternSource({ text, isRegex }: PatternOptions): string {
  const source = isRegex ? withLineEndEscapes(text) : text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return source.replace(/\r?\n/g, '\\r?\\n');
}

/** `\n` outside of classes. */
function withLineEndEscapes(source: string): string {
  let isInClass = false;
  return source.replace(/\\[\s\S]|[[\]]/g, (token) => {
    if (token === '[') isInClass = true;
    else if (token === ']') isInClass = false;
    return token === '\\n' && !isInClass ? '(?:\\r?\\n)' : token;
  });
}

/** @throws PodexError invalid_request. */
export function toPattern(options: PatternOptions): RegExp {
  try {
    return compile(options, '');
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

/** For all matches of a text: whole characters, as ripgrep takes them, where the pattern can be read so. @throws as toPattern. */
export function toReplacePattern(options: PatternOptions): RegExp {
  try {
    return compile(options, 'gu');
  } catch {
    const { source, flags } = toPattern(options);
    return new RegExp(source, `g${flags}`);
  }
}

function compile(options: PatternOptions, more: string): RegExp {
  const flags = `${more}${isMultiline(options) ? 'm' : ''}${options.isCaseSensitive ? '' : 'i'}`;
  const source = patternSource(options);
  return new RegExp(options.isWholeWord ? `(?<!\\w)(?:${source})(?!\\w)` : source, flags);
}
