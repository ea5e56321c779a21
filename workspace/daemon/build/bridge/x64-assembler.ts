import {
  Assembler,
  type Condition,
  type Register,
  type SystemCall,
  type SystemCallNumbers,
  word,
} from './assembler.ts';

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

const CALLS: SystemCallNumbers = {
  read: 0,
  write: 1,
  nanosleep: 35,
  socket: 41,
  connect: 42,
  clone: 56,
  exit_group: 231,
};

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
    this.#setNumber(RAX, CALLS[name]);
    this.emit(0x0f, 0x05);
    this.#pair(0x89, REGISTERS.a0, RAX);
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
