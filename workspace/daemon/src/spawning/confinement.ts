import type { Mount } from './mounts.ts';
import { type Call, cText } from './system-call-list.ts';

/** What a process that may only read is made of. */
export interface Confinement {
  /** Its own, of no account: it owns no file and no process of anybody else. */
  uid: number;
  /** The child writes here when its user namespace is there, and waits there until its ids are mapped. */
  readyDescriptor: number;
  mappedDescriptor: number;
  /** All that files of the user may be changed through. */
  mounts: readonly Mount[];
  /** The user’s files. */
  home: string;
  /** A folder in whose place it sees an empty one. */
  hidden: string;
  /** A folder in whose place it sees one of its own, which goes with it. */
  scratch: string;
}

const [CLONE_NEWNS, CLONE_NEWUSER] = [0x20000, 0x10000000];
const [MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND] = [1, 2, 4, 32, 4096];
const [PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP] = [24, 38, 22];
const LOCKED = MS_NOSUID | MS_NODEV;
const SECCOMP_MODE_FILTER = 2;
const CAP_DAC_READ_SEARCH = 2;
const CAPABILITIES = 41;
const SCRATCH_OPTIONS = 'mode=1777,size=256m';

/**
 * A user namespace in which the process is root, and is mapped beside the user of the workspace: of root’s capabilities it keeps the one
 * that reads files whatever their mode, and that reaches files of these two alone. To the kernel outside it is a user of its own, who may
 * not write the user’s files, signal or trace processes, or write to terminals. What everyone may write, the mounts refuse, which nothing
 * that it starts can change: mounting is filtered, because a namespace inside this one could undo it.
 */
export function confinementCalls(confinement: Confinement): Call[] {
  const { uid, readyDescriptor, mappedDescriptor, mounts, home, hidden, scratch } = confinement;
  const overlay = cText('overlay');
  const filter = noMounting(process.arch === 'arm64' ? 'arm64' : 'x64');
  const kept = Array.from({ length: CAPABILITIES }, (_, capability) => capability);
  return [
    ['setgroups', 0, new Uint8Array(1)],
    ['setresgid', uid, uid, uid],
    ['setresuid', uid, uid, uid],
    ['unshare', CLONE_NEWUSER | CLONE_NEWNS],
    ['write', readyDescriptor, cText(''), 1],
    ['read', mappedDescriptor, new Uint8Array(1), 1],
    ['close', readyDescriptor],
    ['close', mappedDescriptor],
    ...mounts.map(({ path, flags }): Call => {
      return ['mount', cText('none'), cText(path), 0, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, 0];
    }),
    emptyFolder(hidden, MS_RDONLY, 'mode=755'),
    emptyFolder(scratch, 0, SCRATCH_OPTIONS),
    // Through a read-only mount gVisor empties a file that everyone may write when it is opened to be. An overlay without an upper
    // folder needs two others.
    [
      'mount',
      overlay,
      cText(home),
      overlay,
      MS_RDONLY | LOCKED,
      cText(`lowerdir=${escaped(home)}:${hidden}`),
    ],
    ...kept
      .filter((capability) => capability !== CAP_DAC_READ_SEARCH)
      .map((capability): Call => ['prctl', PR_CAPBSET_DROP, capability, 0, 0, 0]),
    ['prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0],
    ['prctl', PR_SET_SECCOMP, SECCOMP_MODE_FILTER, [filter.length / INSTRUCTION_BYTES, filter], 0, 0],
  ];
}

function escaped(folder: string): string {
  return folder.replaceAll(/[\\:,]/g, '\\$&');
}

function emptyFolder(path: string, flags: number, options: string): Call {
  const tmpfs = cText('tmpfs');
  return ['mount', tmpfs, cText(path), tmpfs, LOCKED | flags, cText(options)];
}

const INSTRUCTION_BYTES = 8;
const [LOAD, EQUALS, AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06];
const [NUMBER_OFFSET, ARCHITECTURE_OFFSET] = [0, 4];
const [ALLOW, FAIL_WITH_EPERM] = [0x7fff0000, 0x00050001];
/** From here on the numbers are of another way to call the same kernel. */
const OTHER_NUMBERS = 0x40000000;
/** open_tree, move_mount, fsopen, fsconfig, fsmount, fspick and mount_setattr. */
const NEWER = [428, 429, 430, 431, 432, 433, 442];
/** By architecture: how the kernel names it, and mount, umount2, pivot_root and setns. */
const REFUSED = {
  x64: { architecture: 0xc000003e, numbers: [165, 166, 155, 308, ...NEWER] },
  arm64: { architecture: 0xc00000b7, numbers: [40, 39, 41, 268, ...NEWER] },
};

/** A program of seccomp(2) that fails what mounts, and what enters another’s namespace. */
function noMounting(name: keyof typeof REFUSED): Uint8Array {
  const { architecture, numbers } = REFUSED[name];
  const refusal = numbers.length + 5;
  const to = (at: number) => refusal - at - 1;
  const program = [
    [LOAD, 0, 0, ARCHITECTURE_OFFSET],
    [EQUALS, 0, to(1), architecture],
    [LOAD, 0, 0, NUMBER_OFFSET],
    [AT_LEAST, to(3), 0, OTHER_NUMBERS],
    ...numbers.map((number, index) => [EQUALS, to(4 + index), 0, number]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, FAIL_WITH_EPERM],
  ];
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [index, [code = 0, whenTrue = 0, whenFalse = 0, value = 0]] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(whenTrue, at + 2);
    bytes.writeUInt8(whenFalse, at + 3);
    bytes.writeUInt32LE(value, at + 4);
  }
  return bytes;
}
