import { SOCKET_DESCRIPTOR } from '../../src/spawning/fork-server-protocol.ts';
import { Arm64Assembler } from './arm64-assembler.ts';
import type { Assembler } from './assembler.ts';
import { type Addresses, elfExecutable } from './elf-executable.ts';
import { FORK_SERVER_SCRATCH_BYTES, writeForkServer } from './fork-server-program.ts';
import { X64Assembler } from './x64-assembler.ts';

const POINTER_BYTES = 8;
const NUMBER_BYTES = 4;
const [AF_UNIX, SOCK_STREAM] = [1, 1];
const SIGCHLD = 17;

/** Ends of the server’s socket: that of the program that this one becomes, and the server’s. */
const [OURS, THEIRS] = ['s3', 's4'] as const;

/**
 * The first program of a workspace, run as `start <program> <arguments…>`: it forks the fork server and becomes the program, which finds
 * its end of the server’s socket at descriptor 3. Where that fails the program is started all the same.
 *
 * @returns an ELF executable of about 1,300 bytes.
 */
export function startProgram(architecture: 'x64' | 'arm64'): Uint8Array {
  return elfExecutable({
    assembler: architecture === 'x64' ? new X64Assembler() : new Arm64Assembler(),
    scratchBytes: FORK_SERVER_SCRATCH_BYTES,
    write: writeStart,
  });
}

function writeStart(program: Assembler, addresses: Addresses): void {
  // The kernel leaves on the stack: argc, the pointers of argv, a zero, those of the environment.
  const [stack, argv, environment] = ['s0', 's2', 's3'] as const;
  program.copyStackPointer(stack);
  writeFork(program, addresses);
  program.label('become the program');
  program.set(argv, 2 * POINTER_BYTES);
  program.add(argv, stack);
  program.load(environment, stack);
  for (let doubled = 1; doubled < POINTER_BYTES; doubled *= 2) program.add(environment, environment);
  program.add(environment, argv);
  program.load('a0', argv);
  program.copy('a1', argv);
  program.copy('a2', environment);
  program.call('execve');
  // Only when the program cannot be run. As shells say it.
  program.set('a0', 127);
  program.call('exit_group');
  program.label('become the server');
  program.copy('a0', OURS);
  program.call('close');
  writeForkServer(program, addresses, THEIRS);
}

function writeFork(program: Assembler, { scratch }: Addresses): void {
  program.set('a0', AF_UNIX);
  program.set('a1', SOCK_STREAM);
  program.set('a2', 0);
  program.set('a3', scratch);
  program.call('socketpair');
  program.jumpIf('a0', 'negative', 'become the program');
  program.set('a0', scratch);
  program.load32(OURS, 'a0');
  program.set('a0', scratch + NUMBER_BYTES);
  program.load32(THEIRS, 'a0');
  program.set('a0', SIGCHLD);
  for (const none of ['a1', 'a2', 'a3', 'a4'] as const) program.set(none, 0);
  program.call('clone');
  program.jumpIf('a0', 'zero', 'become the server');
  program.copy('a0', THEIRS);
  program.call('close');
  program.copy('a0', OURS);
  program.set('a1', SOCKET_DESCRIPTOR);
  program.set('a2', 0);
  program.call('dup3');
  // Negative where it has that number already.
  program.jumpIf('a0', 'negative', 'become the program');
  program.copy('a0', OURS);
  program.call('close');
}
