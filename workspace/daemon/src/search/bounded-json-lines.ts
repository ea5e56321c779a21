import type { Readable } from 'node:stream';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const SMALL_U = 0x75;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const HEX_DIGITS = 4;
/** Of what is held of one line; ripgrep’s have three strings. */
const KEPT_BYTES_MAX = 1_048_576;
const DEPTH_MAX = 64;

export interface BoundedJsonLine {
  value: unknown;
  /** Some string in it was longer than the bound and is cut. */
  isCut: boolean;
}

/**
 * The values of a stream of JSON lines, of which only so much is held as is looked at: of each string its first `maxStringBytes`, of each
 * list its first element. So a line of any length costs the time to read it, and no memory.
 */
export async function* readBoundedJson(
  source: Readable,
  { maxStringBytes }: { maxStringBytes: number },
): AsyncGenerator<BoundedJsonLine> {
  const reader = new BoundedJsonReader(maxStringBytes);
  for await (const chunk of source) yield* reader.take(chunk);
}

class BoundedJsonReader {
  readonly #maxStringBytes: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #isCut = false;
  #isInString = false;
  #stringBytes = 0;
  /** Bytes that still belong to an escape, which is kept or left out as a whole. */
  #escapeBytes = 0;
  readonly #containers: number[] = [];
  /** How many containers were open around the list whose further elements are passed over. */
  #passedOverIn: number | undefined;
  #isStringCut = false;

  constructor(maxStringBytes: number) {
    this.#maxStringBytes = maxStringBytes;
  }

  *take(chunk: Buffer): Generator<BoundedJsonLine> {
    let from = 0;
    let isKeeping = this.#isKeeping;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === LINE_FEED) {
        if (isKeeping) this.#keep(chunk.subarray(from, at));
        yield this.#finish();
        from = at + 1;
        isKeeping = true;
        continue;
      }
      const includesByte = this.#read(byte);
      if (includesByte === isKeeping) continue;
      if (isKeeping) this.#keep(chunk.subarray(from, at));
      else from = at;
      isKeeping = includesByte;
    }
    if (isKeeping) this.#keep(chunk.subarray(from));
  }

  #keep(bytes: Buffer): void {
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > KEPT_BYTES_MAX)
      throw new SyntaxError('a line of the output is no match of a search');
    this.#kept.push(bytes);
  }

  get #isKeeping(): boolean {
    return !this.#isStringCut && this.#passedOverIn === undefined;
  }

  #finish(): BoundedJsonLine {
    const line = { value: JSON.parse(Buffer.concat(this.#kept).toString('utf8')), isCut: this.#isCut };
    this.#kept = [];
    this.#keptBytes = 0;
    this.#isCut = false;
    return line;
  }

  /** Whether the byte is kept. */
  #read(byte: number): boolean {
    if (this.#isInString) this.#readInString(byte);
    else this.#readStructure(byte);
    return this.#isKeeping;
  }

  #readInString(byte: number): void {
    this.#stringBytes += 1;
    if (this.#escapeBytes > 0) {
      const isUnicode = this.#escapeBytes === 1 && byte === SMALL_U && this.#isEscapeStart;
      this.#escapeBytes = isUnicode ? HEX_DIGITS : this.#escapeBytes - 1;
      this.#isEscapeStart = false;
      return;
    }
    if (byte === QUOTE) {
      this.#isInString = false;
      this.#isStringCut = false;
      return;
    }
    if (this.#stringBytes > this.#maxStringBytes && this.#isKeeping) {
      this.#isStringCut = true;
      this.#isCut = true;
    }
    if (byte === BACKSLASH) {
      this.#escapeBytes = 1;
      this.#isEscapeStart = true;
    }
  }

  #isEscapeStart = false;

  #readStructure(byte: number): void {
    if (byte === QUOTE) {
      this.#isInString = true;
      this.#stringBytes = 0;
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      this.#containers.push(byte);
      if (this.#containers.length > DEPTH_MAX) throw new SyntaxError('the output is nested too deeply');
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      if (this.#passedOverIn === this.#containers.length) this.#passedOverIn = undefined;
      this.#containers.pop();
    } else if (byte === COMMA && this.#containers.at(-1) === BRACKET_OPEN) {
      this.#passedOverIn ??= this.#containers.length;
    }
  }
}
