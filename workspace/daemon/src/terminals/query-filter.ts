import { assertNever } from '@podex/contracts/errors';

const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const ESCAPE = 0x1b;
/** Begins a control character of 0x80 to 0x9f in UTF-8. */
const C1 = 0xc2;
const NOTHING = 0x00;

/** What each state waits for: `c1` and `end` are the second bytes of a control character and of a string’s end. */
type State = 'ground' | 'escape' | 'c1' | 'csi' | 'osc' | 'dcs' | 'data' | 'string' | 'end' | 'endC1';

/** Colours, the clipboard, fonts, and what of its state a terminal tells: those that take `?` for a value. */
const ASKING_STRINGS = new Set([4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 50, 52]);
const WINDOW_REPORTS = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);
const MAX_NUMBER = 100_000;

/**
 * Takes the questions out of a terminal’s output (where is the cursor, who are you, which colours): the daemon’s own screen replies to
 * them, and nobody who sees the output, now or replayed, may reply once more. No byte more and none less: the one that ends a question
 * becomes CAN, which every terminal takes for "forget this sequence". Nothing is held back, so a question may come in pieces.
 * States as in https://vt100.net/emu/dec_ansi_parser, with the control characters of xterm.js.
 */
export class QueryFilter {
  #state: State = 'ground';
  /** Where to go on when a character turns out to be none of the control characters. */
  #before: State = 'ground';
  #prefix = 0;
  #intermediate = 0;
  #number = 0;
  #hasNumberEnded = false;
  /** The present field of a string: its length, and its last two bytes. */
  #fieldLength = 0;
  #last = 0;
  #beforeLast = 0;
  #isQuery = false;

  /** The bytes without questions; the same ones where there are none. */
  filter(bytes: Buffer): Buffer {
    let filtered = bytes;
    for (let at = this.#skip(bytes, 0); at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      const shown = this.#see(byte);
      if (shown !== byte) {
        if (filtered === bytes) filtered = Buffer.from(bytes);
        filtered[at] = shown;
      }
      if (this.#state === 'ground') at = this.#skip(bytes, at + 1) - 1;
    }
    return filtered;
  }

  /** Where the next sequence may begin. */
  #skip(bytes: Buffer, from: number): number {
    if (this.#state !== 'ground') return from;
    let at = from;
    while (at < bytes.length && bytes[at] !== ESCAPE && bytes[at] !== C1) at += 1;
    return at;
  }

  /** @returns what is shown in its place. */
  #see(byte: number): number {
    if (byte === ESCAPE || byte === C1) return this.#introduce(byte);
    if (byte === CANCEL || byte === SUBSTITUTE) {
      this.#state = 'ground';
      return byte;
    }
    switch (this.#state) {
      case 'ground':
      case 'string':
        return byte;
      case 'escape':
        return this.#begin(byte);
      case 'c1':
        return this.#beginC1(byte);
      case 'csi':
        return this.#control(byte);
      case 'osc':
        return this.#text(byte);
      case 'dcs':
        return this.#device(byte);
      case 'data':
        return byte;
      case 'end':
      case 'endC1':
        this.#state = 'ground';
        return NOTHING;
      default:
        return assertNever(this.#state);
    }
  }

  /** From anywhere a sequence may begin, and a string end. */
  #introduce(byte: number): number {
    if (this.#state === 'osc') this.#endField();
    const endsQuery = this.#isQuery && (this.#state === 'osc' || this.#state === 'data');
    if (endsQuery) {
      this.#state = byte === ESCAPE ? 'end' : 'endC1';
      return CANCEL;
    }
    if (byte === C1) this.#before = this.#state;
    this.#state = byte === ESCAPE ? 'escape' : 'c1';
    return byte;
  }

  #begin(byte: number): number {
    switch (String.fromCharCode(byte)) {
      case '[':
        return this.#start('csi', byte);
      case ']':
        return this.#start('osc', byte);
      case 'P':
        return this.#start('dcs', byte);
      case 'X':
      case '^':
      case '_':
        return this.#start('string', byte);
      case 'Z':
        this.#state = 'ground';
        return CANCEL;
      default:
        if (byte >= 0x30 && byte <= 0x7e) this.#state = 'ground';
        return byte;
    }
  }

  #beginC1(byte: number): number {
    switch (byte) {
      case 0x9b:
        return this.#start('csi', byte);
      case 0x9d:
        return this.#start('osc', byte);
      case 0x90:
        return this.#start('dcs', byte);
      case 0x98:
      case 0x9e:
      case 0x9f:
        return this.#start('string', byte);
      default:
        this.#state = byte < 0xa0 ? 'ground' : this.#before;
        return byte;
    }
  }

  #start(state: State, byte: number): number {
    this.#state = state;
    this.#prefix = 0;
    this.#intermediate = 0;
    this.#number = 0;
    this.#hasNumberEnded = false;
    this.#fieldLength = 0;
    this.#isQuery = false;
    return byte;
  }

  #control(byte: number): number {
    if (byte < 0x40 || byte > 0x7e) {
      this.#parameter(byte);
      return byte;
    }
    this.#state = 'ground';
    return this.#isControlQuery(String.fromCharCode(byte)) ? CANCEL : byte;
  }

  #parameter(byte: number): void {
    if (byte >= 0x3c && byte <= 0x3f) this.#prefix = byte;
    else if (byte >= 0x20 && byte <= 0x2f) this.#intermediate = byte;
    else if (byte >= 0x30 && byte <= 0x39) this.#digit(byte);
    else if (byte === 0x3a || byte === 0x3b) this.#hasNumberEnded = true;
  }

  #digit(byte: number): void {
    if (!this.#hasNumberEnded) this.#number = Math.min(MAX_NUMBER, this.#number * 10 + byte - 0x30);
  }

  #isControlQuery(final: string): boolean {
    const prefix = this.#prefix === 0 ? '' : String.fromCharCode(this.#prefix);
    const intermediate = this.#intermediate === 0 ? '' : String.fromCharCode(this.#intermediate);
    switch (intermediate + final) {
      case 'n':
        return prefix !== '>';
      case 'c':
        return prefix !== '?';
      case 'q':
        return prefix === '>';
      case 'u':
      case 'm':
      case 'S':
        return prefix === '?';
      case 't':
        return prefix === '' && WINDOW_REPORTS.has(this.#number);
      case 'x':
        return prefix === '';
      case '$p':
      case '$u':
      case '$w':
      case '*y':
        return true;
      default:
        return false;
    }
  }

  /** Of an operating system command: its number, and then fields. */
  #text(byte: number): number {
    if (byte === BELL) {
      this.#endField();
      this.#state = 'ground';
      return this.#isQuery ? CANCEL : byte;
    }
    if (byte === 0x3b) {
      this.#endField();
      return byte;
    }
    if (!this.#hasNumberEnded) this.#digit(byte);
    this.#fieldLength += 1;
    this.#beforeLast = this.#fieldLength === 1 ? 0 : this.#last;
    this.#last = byte;
    return byte;
  }

  #endField(): void {
    const isQuestion = this.#last === 0x3f && (this.#fieldLength === 1 || this.#beforeLast === 0x3d);
    if (this.#hasNumberEnded && this.#fieldLength > 0 && isQuestion && ASKING_STRINGS.has(this.#number))
      this.#isQuery = true;
    this.#hasNumberEnded = true;
    this.#fieldLength = 0;
  }

  /** Of a device control string, up to its data. */
  #device(byte: number): number {
    if (byte < 0x40 || byte > 0x7e) {
      this.#parameter(byte);
      return byte;
    }
    this.#state = 'data';
    const isAsking = this.#intermediate === 0x24 || this.#intermediate === 0x2b;
    this.#isQuery = isAsking && (byte === 0x71 || byte === 0x51);
    return byte;
  }
}
