import { constants } from 'node:os';
import { type Confinement, confinementCalls } from './confinement.ts';
import { CALL_BYTES, HEADER_BYTES, MAX_MESSAGE_BYTES, MESSAGE_ADDRESS } from './fork-server-protocol.ts';
import { type Call, type CallArgument, cText } from './system-call-list.ts';
import { AT_FDCWD, SYSTEM_CALLS } from './system-calls.ts';
import { terminalModes } from './terminal-modes.ts';

/** A file to open as the next free descriptor, or the number of one that was opened before. */
export type LaunchDescriptor = { path: string; flags: number } | { like: number };

/** `groups`: all of them, none when left out. */
export interface LaunchIdentity {
  uid?: number;
  gid?: number;
  groups?: readonly number[];
}

export interface Launch {
  /** A path. */
  file: string;
  /** The program’s name for itself, and its arguments. */
  argv: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Entered with the rights of the identity. */
  cwd: string;
  /** Left out: whose the daemon is. */
  identity: LaunchIdentity;
  /** From 0 on. Opened with the daemon’s rights. */
  descriptors: readonly LaunchDescriptor[];
  /** The first descriptor is a terminal, which becomes the session’s own. */
  isTerminal?: boolean;
  /** In place of the identity: it may read, and change nothing. */
  confinement?: Confinement;
}

const WORD_BYTES = 8;
const SIG_SETMASK = 2;
const SIGNAL_SET_BYTES = 8;
const [TCSETS, TIOCSCTTY] = [0x5402, 0x540e];
/** The terminal of descriptor 0 becomes that of the session, and is as a new one of a terminal program. */
const TERMINAL_CALLS: readonly Call[] = [
  ['ioctl', 0, TIOCSCTTY, 0],
  ['ioctl', 0, TCSETS, terminalModes()],
];
/** Of the fork server, and so of its children before they open their own. */
const STANDARD_DESCRIPTORS = 3;

/** What a child does to become the program: leader of a session of its own, with these descriptors and no others. */
export function launchMessage(number: number, launch: Launch): Buffer {
  const { file, argv, environment, cwd, identity, descriptors, isTerminal = false, confinement } = launch;
  const variables = Object.entries(environment).map(([name, value]) => cText(`${name}=${value}`));
  return encode(number, [
    ['setsid'],
    ...Array.from({ length: STANDARD_DESCRIPTORS }, (_, descriptor): Call => ['close', descriptor]),
    ...descriptors.map(
      (given, descriptor): Call =>
        'like' in given
          ? ['dup3', given.like, descriptor, 0]
          : ['openat', AT_FDCWD, cText(given.path), given.flags, 0],
    ),
    ...(isTerminal ? TERMINAL_CALLS : []),
    ...(confinement === undefined ? identityCalls(identity) : confinementCalls(confinement)),
    ['chdir', cText(cwd)],
    ['rt_sigprocmask', SIG_SETMASK, new Uint8Array(SIGNAL_SET_BYTES), 0, SIGNAL_SET_BYTES],
    ['execve', cText(file), argv.map(cText), variables],
  ]);
}

/** A child that becomes this user, kills all that it may, and ends. */
export function killAllMessage(number: number, uid: number): Buffer {
  return encode(number, [
    ['setresuid', uid, uid, uid],
    ['kill', -1, constants.signals.SIGKILL],
  ]);
}

/** A child that makes named pipes, for their owner alone, and ends. */
export function pipesMessage(number: number, paths: readonly string[]): Buffer {
  const S_IFIFO = 0o010000;
  return encode(
    number,
    paths.map((path): Call => ['mknodat', AT_FDCWD, cText(path), S_IFIFO | 0o600, 0]),
  );
}

function identityCalls({ uid, gid, groups = [] }: LaunchIdentity): Call[] {
  if (uid === undefined || gid === undefined) return [];
  return [
    ['setgroups', groups.length, new Uint8Array(Uint32Array.from(groups).buffer)],
    ['setresgid', gid, gid, gid],
    ['setresuid', uid, uid, uid],
  ];
}

/** @throws Error with the code E2BIG, as the kernel would say it. */
function encode(number: number, calls: readonly Call[]): Buffer {
  const dataAt = MESSAGE_ADDRESS + WORD_BYTES + calls.length * CALL_BYTES;
  const data: Uint8Array[] = [];
  let dataBytes = 0;
  const put = (bytes: Uint8Array): number => {
    const address = dataAt + dataBytes;
    const padding = -bytes.length & (WORD_BYTES - 1);
    data.push(bytes, new Uint8Array(padding));
    dataBytes += bytes.length + padding;
    return address;
  };
  const argumentOf = (argument: CallArgument): number => {
    if (typeof argument === 'number') return argument;
    if (argument instanceof Uint8Array) return put(argument);
    return put(words([...argument.map(argumentOf), 0]));
  };
  const numbers = SYSTEM_CALLS[process.arch === 'arm64' ? 'arm64' : 'x64'];
  const parameters = CALL_BYTES / WORD_BYTES - 1;
  const table = calls.flatMap(([name, ...given]) => [
    numbers[name],
    ...Array.from({ length: parameters }, (_, index) => argumentOf(given[index] ?? 0)),
  ]);
  const head = words([calls.length, ...table]);
  const length = head.length + dataBytes;
  if (length > MAX_MESSAGE_BYTES) throw tooLong();
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(length, 0);
  header.writeUInt32LE(number, 4);
  return Buffer.concat([header, head, ...data]);
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

function tooLong(): Error {
  const message = 'The arguments and variables are longer than a program can be given.';
  return Object.assign(new Error(message), { code: 'E2BIG', errno: -constants.errno.E2BIG });
}
