import type { Assembler } from './assembler.ts';

export interface Addresses {
  /** Of memory that the program may write, all zeroes at first. */
  scratch: number;
}

export interface ElfOptions {
  assembler: Assembler;
  scratchBytes: number;
  write: (program: Assembler, addresses: Addresses) => void;
}

const CODE_ADDRESS = 0x400000;
const SCRATCH_ADDRESS = 0x600000;
/** The largest that arm64 has; segments lie on its multiples. */
const PAGE_BYTES = 0x10000;
const FILE_HEADER_BYTES = 64;
const SEGMENT_HEADER_BYTES = 56;
const SEGMENTS = 2;
const HEADERS_BYTES = FILE_HEADER_BYTES + SEGMENTS * SEGMENT_HEADER_BYTES;
const [EXECUTABLE, WRITABLE, READABLE] = [1, 2, 4];

/** A static executable for Linux: one segment of code and constants, one of memory. Layout: `man 5 elf`. */
export function elfExecutable({ assembler, scratchBytes, write }: ElfOptions): Uint8Array {
  write(assembler, { scratch: SCRATCH_ADDRESS });
  const code = assembler.finish();
  const size = HEADERS_BYTES + code.length;
  return Buffer.concat([
    fileHeader(assembler.elfMachine),
    segmentHeader(READABLE | EXECUTABLE, CODE_ADDRESS, size, size),
    segmentHeader(READABLE | WRITABLE, SCRATCH_ADDRESS, 0, scratchBytes),
    code,
  ]);
}

function fileHeader(machine: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  // 64 bits, little-endian, version 1.
  header.set([0x7f, ...Buffer.from('ELF'), 2, 1, 1]);
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20); // EV_CURRENT
  header.writeBigUInt64LE(BigInt(CODE_ADDRESS + HEADERS_BYTES), 24); // entry point
  header.writeBigUInt64LE(BigInt(FILE_HEADER_BYTES), 32); // where the segment headers are
  header.writeUInt16LE(FILE_HEADER_BYTES, 52);
  header.writeUInt16LE(SEGMENT_HEADER_BYTES, 54);
  header.writeUInt16LE(SEGMENTS, 56);
  return header;
}

function segmentHeader(flags: number, address: number, fileBytes: number, memoryBytes: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.writeUInt32LE(1, 0); // PT_LOAD
  header.writeUInt32LE(flags, 4);
  header.writeBigUInt64LE(0n, 8); // from the start of the file
  header.writeBigUInt64LE(BigInt(address), 16);
  header.writeBigUInt64LE(BigInt(address), 24);
  header.writeBigUInt64LE(BigInt(fileBytes), 32);
  header.writeBigUInt64LE(BigInt(memoryBytes), 40);
  header.writeBigUInt64LE(BigInt(PAGE_BYTES), 48);
  return header;
}
