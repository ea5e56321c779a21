import type { SystemCall } from '../../src/spawning/system-calls.ts';

/** Arguments of a system call and its result, then registers that a call leaves as they are. */
export type Register = 'a0' | 'a1' | 'a2' | 'a3' | 'a4' | 's0' | 's1' | 's2' | 's3' | 's4';

/** What a jump asks of a register, as a signed number of 64 bits. */
export type Condition = 'zero' | 'negative' | 'not_positive';

/**
 * The few instructions that a program without a C library needs, for one processor. Labels may be used before they are placed; the
 * machine code is whole once `finish` has been called.
 */
export abstract class Assembler {
  abstract readonly elfMachine: number;
  #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #gaps: { at: number; label: string; fill: (at: number, target: number) => number[] }[] = [];

  /** A constant of 32 bits without a sign. */
  abstract set(register: Register, value: number): void;
  abstract copy(to: Register, from: Register): void;
  abstract copyStackPointer(to: Register): void;
  /** The 64 bits that `from` points to. */
  abstract load(to: Register, from: Register): void;
  /** The 32 bits that `from` points to, without a sign. */
  abstract load32(to: Register, from: Register): void;
  /** The lower 32 bits of `value` to where `to` points. */
  abstract store32(to: Register, value: Register): void;
  abstract address(register: Register, label: string): void;
  abstract add(to: Register, amount: Register): void;
  abstract subtract(from: Register, amount: Register): void;
  /** May change every `a` register; the result is in `a0`. */
  abstract call(name: SystemCall): void;
  /** The same for a call whose number is in an `s` register. */
  abstract callNumber(number: Register): void;
  abstract jump(label: string): void;
  abstract jumpIf(register: Register, condition: Condition, label: string): void;

  label(name: string): void {
    this.#labels.set(name, this.#bytes.length);
  }

  data(name: string, content: Uint8Array): void {
    this.label(name);
    this.emit(...content);
    while (this.#bytes.length % 8 !== 0) this.emit(0);
  }

  finish(): Uint8Array {
    for (const { at, label, fill } of this.#gaps) {
      const target = this.#labels.get(label);
      if (target === undefined) throw new Error(`There is no label ${label}.`);
      const bytes = fill(at, target);
      this.#bytes.splice(at, bytes.length, ...bytes);
    }
    return Uint8Array.from(this.#bytes);
  }

  protected emit(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  /** Room for what depends on where a label is; `fill` is given both places. */
  protected emitLater(size: number, label: string, fill: (at: number, target: number) => number[]): void {
    this.#gaps.push({ at: this.#bytes.length, label, fill });
    this.emit(...new Array<number>(size).fill(0));
  }
}

/** Little-endian, 32 bits. */
export function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}
