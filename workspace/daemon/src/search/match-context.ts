import type { SearchMatch } from './search-request.ts';

interface OpenMatch {
  match: SearchMatch;
  after: string[];
  /** Lines up to this one belong to it. */
  until: number;
}

/** Gives each match so many lines before and after it, from the lines of a file in their order. */
export class MatchContext {
  readonly #count: number;
  #lines: { line: number; text: string }[] = [];
  #open: OpenMatch[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  /** The matches that are whole before this line. */
  *line(line: number, text: string): Generator<SearchMatch> {
    for (const { after, until } of this.#open) if (line <= until) after.push(text);
    yield* this.#close(line);
    this.#lines.push({ line, text });
    if (this.#lines.length > this.#count) this.#lines.shift();
  }

  /** The matches that are whole before this one, which goes over these lines. */
  *match(match: SearchMatch, texts: readonly string[]): Generator<SearchMatch> {
    if (this.#count === 0) {
      yield match;
      return;
    }
    const first = match.line ?? 1;
    const before = this.#lines.filter(({ line }) => line >= first - this.#count).map(({ text }) => text);
    for (const [index, text] of texts.entries()) yield* this.line(first + index, text);
    const until = first + texts.length - 1 + this.#count;
    this.#open.push({ match: { ...match, before }, after: [], until });
  }

  /** The rest, at the end of the file. */
  *end(): Generator<SearchMatch> {
    yield* this.#close(Number.POSITIVE_INFINITY);
    this.#lines = [];
  }

  *#close(line: number): Generator<SearchMatch> {
    for (let first = this.#open[0]; first !== undefined && line >= first.until; first = this.#open[0]) {
      this.#open.shift();
      yield { ...first.match, after: first.after };
    }
  }
}
