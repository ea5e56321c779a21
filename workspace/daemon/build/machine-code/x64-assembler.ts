import { SYSTEM_CALLS, type SystemCall } from '../../src/spawning/system-calls.ts';
import { Assembler, type Condition, type Register, word } from './assembler.ts';

/** The numbers by which instructions name registers. Arguments are where the kernel wants them; results move to `a0` (rdi). */
const REGISTERS: Readonly<Record<Register, number>> = {
  a0: 7,
  a1: 6,
  a2: 2,
  a3: 10,
  a4: 8,
  s0: 3,
  s1: 12,
  s2: 13,
  s3: 14,
  s4: 15,
};
const RAX = 0;
const RSP = 4;

/** Second byte of a near jump (0F 8x). */
const JUMPS: Readonly<Record<Condition, number>> = { zero: 0x84, negative: 0x88, not_positive: 0x8e };

/** x86-64. Encodings: Intel’s Software Developer’s Manual, volume 2. */
export class X64Assembler extends Assembler {
  override readonly elfMachine = 62;

  override set(register: Register, value: number): void {
    this.#setNumber(REGISTERS[register], value);
  }

  override copy(to: Register, from: Register): void {
    this.#pair(0x89, REGISTERS[to], REGISTERS[from]);
  }

  override copyStackPointer(to: Register): void {
    this.#pair(0x89, REGISTERS[to], RSP);
  }

  override load(to: Register, from: Register): void {
    this.#memory(0x48, 0x8b, to, from);
  }

  override load32(to: Register, from: Register): void {
    this.#memory(0x40, 0x8b, to, from);
  }

  override store32(to: Register, value: Register): void {
    this.#memory(0x40, 0x89, value, to);
  }

  /** `lea register, [rip + distance]` */
  override address(register: Register, label: string): void {
    const number = REGISTERS[register];
    this.emit(0x48 | ((number >> 3) << 2), 0x8d, 0x05 | ((number & 7) << 3));
    this.#distance(label);
  }

  override add(to: Register, amount: Register): void {
    this.#pair(0x01, REGISTERS[to], REGISTERS[amount]);
  }

  override subtract(from: Register, amount: Register): void {
    this.#pair(0x29, REGISTERS[from], REGISTERS[amount]);
  }

  override call(name: SystemCall): void {
    this.#setNumber(RAX, SYSTEM_CALLS.x64[name]);
    this.#call();
  }

  override callNumber(number: Register): void {
    this.#pair(0x89, RAX, REGISTERS[number]);
    this.#call();
  }

  override jump(label: string): void {
    this.emit(0xe9);
    this.#distance(label);
  }

  override jumpIf(register: Register, condition: Condition, label: string): void {
    this.#pair(0x85, REGISTERS[register], REGISTERS[register]);
    this.emit(0x0f, JUMPS[condition]);
    this.#distance(label);
  }

  #call(): void {
    this.emit(0x0f, 0x05);
    this.#pair(0x89, REGISTERS.a0, RAX);
  }

  /** `mov` with `[base + 0]`, whose one byte of distance any register allows; rsp and r12 would need one byte more. */
  #memory(rex: number, opcode: number, register: Register, base: Register): void {
    const [number, at] = [REGISTERS[register], REGISTERS[base]];
    if ((at & 7) === RSP) throw new Error(`${base} cannot be a base here.`);
    this.emit(rex | ((number >> 3) << 2) | (at >> 3), opcode, 0x40 | ((number & 7) << 3) | (at & 7), 0);
  }

  /** `mov r32, imm32`, which clears the upper half. */
  #setNumber(number: number, value: number): void {
    if (number > 7) this.emit(0x41);
    this.emit(0xb8 | (number & 7), ...word(value));
  }

  /** An instruction on two registers of 64 bits: REX.W, opcode, ModRM. */
  #pair(opcode: number, to: number, from: number): void {
    this.emit(0x48 | ((from >> 3) << 2) | (to >> 3), opcode, 0xc0 | ((from & 7) << 3) | (to & 7));
  }

  /** Counted from the end of the instruction, which is the end of the distance. */
  #distance(label: string): void {
    this.emitLater(4, label, (at, target) => word(target - (at + 4)));
  }
}
