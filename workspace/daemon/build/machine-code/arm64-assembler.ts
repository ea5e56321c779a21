import { SYSTEM_CALLS, type SystemCall } from '../../src/spawning/system-calls.ts';
import { Assembler, type Condition, type Register, word } from './assembler.ts';

/** x0 to x4 as the kernel wants them, and x19 to x23. */
const REGISTERS: Readonly<Record<Register, number>> = {
  a0: 0,
  a1: 1,
  a2: 2,
  a3: 3,
  a4: 4,
  s0: 19,
  s1: 20,
  s2: 21,
  s3: 22,
  s4: 23,
};
/** Where the kernel looks for the number of a call. */
const X8 = 8;
const XZR = 31;

/** Condition fields of `b.cond` after a comparison with zero. */
const CONDITIONS: Readonly<Record<Condition, number>> = {
  zero: 0b0000,
  negative: 0b1011,
  not_positive: 0b1101,
};

/** AArch64. Encodings: the Arm Architecture Reference Manual, part C6. */
export class Arm64Assembler extends Assembler {
  override readonly elfMachine = 183;

  override set(register: Register, value: number): void {
    this.#setNumber(REGISTERS[register], value);
  }

  /** `mov`, which is `orr to, xzr, from`. */
  override copy(to: Register, from: Register): void {
    this.#three(0xaa000000, REGISTERS[to], XZR, REGISTERS[from]);
  }

  /** `add to, sp, #0` */
  override copyStackPointer(to: Register): void {
    this.emit(...word(0x910003e0 | REGISTERS[to]));
  }

  /** `ldr to, [from]` */
  override load(to: Register, from: Register): void {
    this.emit(...word(0xf9400000 | (REGISTERS[from] << 5) | REGISTERS[to]));
  }

  /** `ldr`, of 32 bits */
  override load32(to: Register, from: Register): void {
    this.emit(...word(0xb9400000 | (REGISTERS[from] << 5) | REGISTERS[to]));
  }

  /** `str`, of 32 bits */
  override store32(to: Register, value: Register): void {
    this.emit(...word(0xb9000000 | (REGISTERS[to] << 5) | REGISTERS[value]));
  }

  /** `adr`: the distance in bytes, its two lowest bits apart from the rest. */
  override address(register: Register, label: string): void {
    this.emitLater(4, label, (at, target) => {
      const distance = target - at;
      return word(
        0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | REGISTERS[register],
      );
    });
  }

  override add(to: Register, amount: Register): void {
    this.#three(0x8b000000, REGISTERS[to], REGISTERS[to], REGISTERS[amount]);
  }

  override subtract(from: Register, amount: Register): void {
    this.#three(0xcb000000, REGISTERS[from], REGISTERS[from], REGISTERS[amount]);
  }

  override call(name: SystemCall): void {
    this.#setNumber(X8, SYSTEM_CALLS.arm64[name]);
    this.emit(...word(0xd4000001));
  }

  override callNumber(number: Register): void {
    this.#three(0xaa000000, X8, XZR, REGISTERS[number]);
    this.emit(...word(0xd4000001));
  }

  override jump(label: string): void {
    this.emitLater(4, label, (at, target) => word(0x14000000 | (((target - at) >> 2) & 0x3ffffff)));
  }

  /** `cmp register, #0`, then `b.cond`. */
  override jumpIf(register: Register, condition: Condition, label: string): void {
    this.emit(...word(0xf100001f | (REGISTERS[register] << 5)));
    this.emitLater(4, label, (at, target) =>
      word(0x54000000 | ((((target - at) >> 2) & 0x7ffff) << 5) | CONDITIONS[condition]),
    );
  }

  /** `movz` for the lower half, `movk` for the upper one. */
  #setNumber(number: number, value: number): void {
    this.emit(...word(0xd2800000 | ((value & 0xffff) << 5) | number));
    const upper = value >>> 16;
    if (upper !== 0) this.emit(...word(0xf2a00000 | (upper << 5) | number));
  }

  #three(opcode: number, to: number, first: number, second: number): void {
    this.emit(...word(opcode | (second << 16) | (first << 5) | to));
  }
}
