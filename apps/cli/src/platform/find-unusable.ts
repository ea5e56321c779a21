import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { commandAs, type ProcessUser } from '../supervisor/process-user.ts';

const PROBE_TIMEOUT_MS = 10_000;

/** Prints the first argument that its user cannot use: `p` a folder to pass through, `r` to read, `w` to write. */
const PROBE = `
while [ $# -gt 0 ]; do
  case $1 in
    p) [ -x "$2" ] ;;
    r) [ -r "$2" ] ;;
    w) [ -w "$2" ] ;;
  esac || { printf '%s' "$1$2"; exit; }
  shift 2
done`;

/**
 * What keeps a user from its work, as “read /root”; undefined when nothing does. Asked of the system as that user,
 * because modes do not tell all (groups, access lists, mounts).
 */
export async function findUnusable(
  user: ProcessUser,
  { reads, writes }: { reads: readonly string[]; writes: readonly string[] },
): Promise<string | undefined> {
  const questions = [
    ...reads.flatMap((file) => [...foldersAbove(file), 'r', file]),
    ...writes.flatMap((file) => [...foldersAbove(file), 'w', file]),
  ];
  const { program, arguments: arguments_ } = commandAs(user, {
    program: '/bin/sh',
    arguments: ['-c', PROBE, 'sh', ...questions],
  });
  try {
    const { stdout } = await execa(program, arguments_, { cwd: '/', timeout: PROBE_TIMEOUT_MS });
    if (stdout === '') return undefined;
    return `${stdout.startsWith('w') ? 'write' : 'read'} ${stdout.slice(1)}`;
  } catch (error) {
    if (error instanceof ExecaError) return `be used here (${error.shortMessage.split('\n')[0]})`;
    throw error;
  }
}

/** From the root downwards, so that the first that blocks is the one to name. */
function foldersAbove(file: string): string[] {
  const parent = path.dirname(file);
  return parent === file ? [] : [...foldersAbove(parent), 'p', parent];
}
