import { assertNever } from '@podex/contracts/errors';
import { unfinishedBytes } from '../commands/utf8-tail.ts';

const ESCAPE = 0x1b;
const BELL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
/** Beyond this only the two bytes that introduce the sequence are kept: enough for a terminal to swallow the rest as part of it. */
const MAX_KEPT_BYTES = 4_096;

const MAX_CHARACTER_BYTES = 4;

type State = 'ground' | 'escape' | 'csi' | 'osc' | 'string';

/**
 * Knows whether a stream of terminal output stands in the middle of a control sequence or character, and what of it has come.
 * A screen that is drawn there needs those bytes at its end, or what follows would show as text.
 * States as in "A parser for DEC’s ANSI-compatible video terminals", Paul Williams, https://vt100.net/emu/dec_ansi_parser
 */
export class SequenceTracker {
  #state: State = 'ground';
  #unfinished: Buffer = Buffer.alloc(0);

  /** The bytes of the sequence or character that is not complete yet. */
  get unfinished(): Buffer {
    return this.#unfinished;
  }

  feed(bytes: Buffer): void {
    // From anywhere, ESC begins again: what stands before the last one does not matter.
    const lastEscape = bytes.lastIndexOf(ESCAPE);
    const start = Math.max(0, lastEscape);
    if (lastEscape !== -1) this.#unfinished = Buffer.alloc(0);
    const isInSequence = lastEscape !== -1 || this.#state !== 'ground';
    const end = isInSequence ? this.#follow(bytes, start) : start;
    if (this.#state === 'ground') {
      const isEnough = isInSequence || bytes.length >= MAX_CHARACTER_BYTES;
      const text = isEnough ? bytes.subarray(end) : Buffer.concat([this.#unfinished, bytes]);
      this.#unfinished = Buffer.from(text.subarray(text.length - unfinishedBytes(text)));
      return;
    }
    const kept = Buffer.concat([this.#unfinished, bytes.subarray(start)]);
    this.#unfinished = kept.length > MAX_KEPT_BYTES ? Buffer.from(kept.subarray(0, 2)) : kept;
  }

  /** Goes on until the sequence is complete; gives where it ended. */
  #follow(bytes: Buffer, start: number): number {
    for (let index = start; index < bytes.length; index += 1) {
      this.#state = nextState(this.#state, bytes[index] ?? 0);
      if (this.#state === 'ground') return index + 1;
    }
    return bytes.length;
  }
}

function nextState(state: State, byte: number): State {
  if (byte === ESCAPE) return 'escape';
  if (byte === CANCEL || byte === SUBSTITUTE) return 'ground';
  switch (state) {
    case 'ground':
      return 'ground';
    case 'escape':
      return afterEscape(byte);
    case 'csi':
      return byte >= 0x40 && byte <= 0x7e ? 'ground' : 'csi';
    case 'osc':
      return byte === BELL ? 'ground' : 'osc';
    case 'string':
      return 'string';
    default:
      return assertNever(state);
  }
}

function afterEscape(byte: number): State {
  switch (String.fromCharCode(byte)) {
    case '[':
      return 'csi';
    case ']':
      return 'osc';
    case 'P':
    case 'X':
    case '^':
    case '_':
      return 'string';
    default:
      return byte >= 0x30 && byte <= 0x7e ? 'ground' : 'escape';
  }
}
