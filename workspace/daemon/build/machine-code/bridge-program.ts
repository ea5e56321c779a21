import { Arm64Assembler } from './arm64-assembler.ts';
import type { Assembler } from './assembler.ts';
import { type Addresses, elfExecutable } from './elf-executable.ts';
import { X64Assembler } from './x64-assembler.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const BUFFER_BYTES = 65_536;
const STACK_BYTES = 4_096;
const AF_UNIX = 1;
/** SOCK_STREAM and SOCK_CLOEXEC. */
const STREAM_SOCKET = 0x80001;
/** CLONE_VM, FS, FILES, SIGHAND, THREAD and SYSVSEM: a thread of this process. */
const THREAD = 0x50f00;
const RETRY_EVERY_MS = 5;
/** A container’s daemon may just be starting. */
const RETRIES = 2_000;
const COMPLAINT = 'the daemon does not listen\n';

/**
 * The bridge, which `docker exec` starts in a workspace: it connects to `socketPath`, and carries standard input there and what comes
 * from there to standard output, each way in a thread of its own so that neither can hold up the other. The end of either ends it.
 * Every link has one, and Node at its place took 130 ms to start and 40 MB. It is machine code because it must run in any image,
 * whatever is installed there, and not every machine that Podex is built on has a compiler.
 *
 * @returns an ELF executable of about 600 bytes.
 */
export function bridgeProgram(architecture: 'x64' | 'arm64', socketPath: string): Uint8Array {
  return elfExecutable({
    assembler: architecture === 'x64' ? new X64Assembler() : new Arm64Assembler(),
    scratchBytes: 2 * BUFFER_BYTES + STACK_BYTES,
    write: (program, addresses) => writeBridge(program, addresses, socketPath),
  });
}

function writeBridge(program: Assembler, { scratch }: Addresses, socketPath: string): void {
  const buffers = { out: scratch, in: scratch + BUFFER_BYTES };
  const stackTop = scratch + 2 * BUFFER_BYTES + STACK_BYTES;
  const address = socketAddress(socketPath);
  const [socket, retries] = ['s0', 's1'] as const;

  program.set('a0', AF_UNIX);
  program.set('a1', STREAM_SOCKET);
  program.set('a2', 0);
  program.call('socket');
  program.jumpIf('a0', 'negative', 'complain');
  program.copy(socket, 'a0');
  program.set(retries, RETRIES);

  program.label('connect');
  program.copy('a0', socket);
  program.address('a1', 'address');
  program.set('a2', address.length);
  program.call('connect');
  program.jumpIf('a0', 'zero', 'connected');
  program.set('a1', 1);
  program.subtract(retries, 'a1');
  program.jumpIf(retries, 'zero', 'complain');
  program.address('a0', 'pause');
  program.set('a1', 0);
  program.call('nanosleep');
  program.jump('connect');

  program.label('connected');
  program.set('a0', THREAD);
  program.set('a1', stackTop);
  for (const unused of ['a2', 'a3', 'a4'] as const) program.set(unused, 0);
  program.call('clone');
  program.jumpIf('a0', 'negative', 'complain');
  program.jumpIf('a0', 'zero', 'inwards');

  const [from, to, buffer, rest] = ['s1', 's2', 's3', 's4'] as const;
  program.copy(from, socket);
  program.set(to, STDOUT);
  program.set(buffer, buffers.out);
  program.jump('carry');
  program.label('inwards');
  program.set(from, STDIN);
  program.copy(to, socket);
  program.set(buffer, buffers.in);

  program.label('carry');
  program.copy('a0', from);
  program.copy('a1', buffer);
  program.set('a2', BUFFER_BYTES);
  program.call('read');
  program.jumpIf('a0', 'not_positive', 'end');
  program.copy(rest, 'a0');
  // The socket’s number is in `from` or `to` by now: its register counts what of the buffer is written.
  const written = 's0';
  program.copy(written, buffer);
  program.label('write');
  program.copy('a0', to);
  program.copy('a1', written);
  program.copy('a2', rest);
  program.call('write');
  program.jumpIf('a0', 'not_positive', 'end');
  program.add(written, 'a0');
  program.subtract(rest, 'a0');
  program.jumpIf(rest, 'zero', 'carry');
  program.jump('write');

  program.label('complain');
  program.set('a0', STDERR);
  program.address('a1', 'complaint');
  program.set('a2', COMPLAINT.length);
  program.call('write');
  program.label('end');
  program.set('a0', 0);
  program.call('exit_group');

  program.data('address', address);
  program.data('pause', timespec(RETRY_EVERY_MS));
  program.data('complaint', Buffer.from(COMPLAINT));
}

/** `struct sockaddr_un` */
function socketAddress(socketPath: string): Uint8Array {
  const path = Buffer.from(socketPath);
  if (path.length > 107) throw new Error(`${socketPath} is too long for a unix socket.`);
  return Buffer.concat(
    [Uint16Array.of(AF_UNIX), path, Uint8Array.of(0)].map(
      (part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    ),
  );
}

/** `struct timespec` */
function timespec(milliseconds: number): Uint8Array {
  return new Uint8Array(BigInt64Array.of(0n, BigInt(milliseconds) * 1_000_000n).buffer);
}
