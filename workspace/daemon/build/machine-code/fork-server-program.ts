import {
  HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  MESSAGE_ADDRESS,
  REPORT_BYTES,
  SOCKET_DESCRIPTOR,
} from '../../src/spawning/fork-server-protocol.ts';
import { Arm64Assembler } from './arm64-assembler.ts';
import type { Assembler, Register } from './assembler.ts';
import { type Addresses, elfExecutable } from './elf-executable.ts';
import { X64Assembler } from './x64-assembler.ts';

/** High, so that the low descriptors of a child are those that its calls open. */
const [SOCKET, SIGNALS] = [100, 101];
const CLOSE_ON_EXEC = 0x80000;
const NON_BLOCKING = 0x800;
const SIGCHLD = 17;
const SIG_BLOCK = 0;
const SIGNAL_SET_BYTES = 8;
/** CLONE_VM and CLONE_VFORK: the child borrows the memory and the parent waits until it has become another program, so that nothing is copied. */
const BORROWING = 0x4100;
const NO_HANG = 1;
const POLL_IN = 1;
const [POINTER_BYTES, NUMBER_BYTES] = [8, 4];
const SIGNAL_INFO_BYTES = 128;
/** Every one, or none: a signed 32-bit `-1`. */
const ANY = 0xffffffff;

/** Memory before the message. The message’s header stands right before it. */
function layout({ scratch }: Addresses) {
  const report = scratch;
  const socketPoll = report + 16;
  const signalsPoll = socketPoll + POINTER_BYTES;
  return {
    report,
    reportPid: report + NUMBER_BYTES,
    reportStatus: report + 2 * NUMBER_BYTES,
    socketPoll,
    signalsPoll,
    failure: signalsPoll + POINTER_BYTES,
    signalInfo: signalsPoll + 2 * POINTER_BYTES,
    end: signalsPoll + 2 * POINTER_BYTES + SIGNAL_INFO_BYTES,
    header: MESSAGE_ADDRESS - HEADER_BYTES,
    headerNumber: MESSAGE_ADDRESS - HEADER_BYTES + NUMBER_BYTES,
  };
}

export const FORK_SERVER_SCRATCH_BYTES = MAX_MESSAGE_BYTES + 0x10000;

/**
 * The fork server: it starts processes for the daemon, by the protocol of `spawning/fork-server-protocol.ts`. A fork of Node copies
 * what Node has mapped and holds the daemon’s only thread up for 20 to 60 ms inside gVisor; one of this program takes about one, on no
 * thread of the daemon. This one expects its end of the socket at descriptor 3.
 *
 * @returns an ELF executable of about 900 bytes.
 */
export function forkServerProgram(architecture: 'x64' | 'arm64'): Uint8Array {
  return elfExecutable({
    assembler: architecture === 'x64' ? new X64Assembler() : new Arm64Assembler(),
    scratchBytes: FORK_SERVER_SCRATCH_BYTES,
    write(program, addresses) {
      program.set('s0', SOCKET_DESCRIPTOR);
      writeForkServer(program, addresses, 's0');
    },
  });
}

/** Serves until the socket, whose descriptor is in `socket`, is closed at the other end. Never falls through. */
export function writeForkServer(program: Assembler, addresses: Addresses, socket: Register): void {
  const at = layout(addresses);
  if (at.end > at.header) throw new Error('What the server remembers reaches into the message.');
  keepHigh(program, socket, SOCKET);
  program.set('a0', SIG_BLOCK);
  program.address('a1', 'child signal');
  program.set('a2', 0);
  program.set('a3', SIGNAL_SET_BYTES);
  program.call('rt_sigprocmask');
  program.set('a0', ANY);
  program.address('a1', 'child signal');
  program.set('a2', SIGNAL_SET_BYTES);
  program.set('a3', CLOSE_ON_EXEC | NON_BLOCKING);
  program.call('signalfd4');
  program.copy('s0', 'a0');
  keepHigh(program, 's0', SIGNALS);
  storeNumber(program, at.socketPoll, SOCKET);
  storeNumber(program, at.socketPoll + NUMBER_BYTES, POLL_IN);
  storeNumber(program, at.signalsPoll, SIGNALS);
  storeNumber(program, at.signalsPoll + NUMBER_BYTES, POLL_IN);

  program.label('wait');
  writePoll(program, at.socketPoll, 2);
  program.set('a0', SIGNALS);
  program.set('a1', at.signalInfo);
  program.set('a2', SIGNAL_INFO_BYTES);
  program.call('read');
  writeReaping(program, at);
  program.label('listen');
  writePoll(program, at.socketPoll, 1, 'no time');
  program.jumpIf('a0', 'not_positive', 'wait');
  writeReading(program, at);
  writeForking(program, at);
  writeChild(program, at);

  program.label('gone');
  program.set('a0', 0);
  program.call('exit_group');
  program.data('child signal', new Uint8Array(BigUint64Array.of(1n << BigInt(SIGCHLD - 1)).buffer));
  program.data('no time', new Uint8Array(2 * POINTER_BYTES));
}

type Layout = ReturnType<typeof layout>;

/** Says how every child ended that has. */
function writeReaping(program: Assembler, at: Layout): void {
  program.label('reap');
  program.set('a0', ANY);
  program.set('a1', at.reportStatus);
  program.set('a2', NO_HANG);
  program.set('a3', 0);
  program.call('wait4');
  program.jumpIf('a0', 'not_positive', 'listen');
  program.copy('s0', 'a0');
  storeNumber(program, at.report, 0);
  program.set('s3', at.reportPid);
  program.store32('s3', 's0');
  writeReport(program, at);
  program.jump('reap');
}

function writeReading(program: Assembler, at: Layout): void {
  program.set('s0', at.header);
  program.set('s3', HEADER_BYTES);
  readWhole(program, 'header');
  program.set('s0', at.header);
  program.load32('s3', 's0');
  program.set('s0', MAX_MESSAGE_BYTES);
  program.subtract('s0', 's3');
  program.jumpIf('s0', 'negative', 'gone');
  program.set('s0', MESSAGE_ADDRESS);
  readWhole(program, 'message');
}

/** `s3` bytes to where `s0` points. */
function readWhole(program: Assembler, what: string): void {
  program.label(`read ${what}`);
  program.jumpIf('s3', 'zero', `${what} read`);
  program.set('a0', SOCKET);
  program.copy('a1', 's0');
  program.copy('a2', 's3');
  program.call('read');
  program.jumpIf('a0', 'not_positive', 'gone');
  program.add('s0', 'a0');
  program.subtract('s3', 'a0');
  program.jump(`read ${what}`);
  program.label(`${what} read`);
}

function writeForking(program: Assembler, at: Layout): void {
  storeNumber(program, at.failure, 0);
  program.set('a0', BORROWING | SIGCHLD);
  for (const none of ['a1', 'a2', 'a3', 'a4'] as const) program.set(none, 0);
  program.call('clone');
  program.jumpIf('a0', 'zero', 'child');
  program.copy('s0', 'a0');
  program.set('s3', at.failure);
  program.load32('s3', 's3');
  program.jumpIf('s3', 'zero', 'started');
  program.copy('s0', 's3');
  program.label('started');
  program.set('s3', at.reportPid);
  program.store32('s3', 's0');
  program.set('s3', at.headerNumber);
  program.load32('s0', 's3');
  program.set('s3', at.report);
  program.store32('s3', 's0');
  storeNumber(program, at.reportStatus, 0);
  writeReport(program, at);
  program.jump('wait');
}

/** Runs in the memory of the server, which waits for it. */
function writeChild(program: Assembler, at: Layout): void {
  const [next, left, size, number] = ['s0', 's1', 's4', 's2'] as const;
  program.label('child');
  program.set(next, MESSAGE_ADDRESS);
  program.load(left, next);
  program.set(size, POINTER_BYTES);
  program.add(next, size);
  program.label('next call');
  program.jumpIf(left, 'zero', 'gone');
  for (const register of [number, 'a0', 'a1', 'a2', 'a3', 'a4'] as const) {
    program.load(register, next);
    program.add(next, size);
  }
  program.callNumber(number);
  program.jumpIf('a0', 'negative', 'failed');
  program.set('a0', 1);
  program.subtract(left, 'a0');
  program.jump('next call');
  program.label('failed');
  program.set('s3', at.failure);
  program.store32('s3', 'a0');
  program.set('a0', 1);
  program.call('exit_group');
}

function writeReport(program: Assembler, at: Layout): void {
  program.set('a0', SOCKET);
  program.set('a1', at.report);
  program.set('a2', REPORT_BYTES);
  program.call('write');
  program.jumpIf('a0', 'not_positive', 'gone');
}

function writePoll(program: Assembler, descriptors: number, count: number, timeout?: string): void {
  program.set('a0', descriptors);
  program.set('a1', count);
  if (timeout === undefined) program.set('a2', 0);
  else program.address('a2', timeout);
  program.set('a3', 0);
  program.set('a4', SIGNAL_SET_BYTES);
  program.call('ppoll');
}

function keepHigh(program: Assembler, descriptor: Register, high: number): void {
  program.copy('a0', descriptor);
  program.set('a1', high);
  program.set('a2', CLOSE_ON_EXEC);
  program.call('dup3');
  program.copy('a0', descriptor);
  program.call('close');
}

function storeNumber(program: Assembler, address: number, value: number): void {
  program.set('s3', address);
  program.set('s4', value);
  program.store32('s3', 's4');
}
