import { type ChildProcessWithoutNullStreams as GitProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { PodexError } from '@podex/contracts/errors';
import { plainText } from '@podex/contracts/plain-text';
import { findExecutable } from '../user/find-executable.ts';

const COMPLAINT_BYTES_MAX = 16_384;
const COMPLAINT_CHARACTERS_MAX = 2_000;
/** Of output that is read whole, such as a list of names. */
const OUTPUT_BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** From git’s end to that of its output. A program that it started may hold the output open for as long as it likes. */
const DRAIN_MS = 500;

/** Where and by what git is run. */
export interface GitPlace {
  /** The folder that it starts in. */
  folder: string;
  environment: Readonly<Record<string, string>>;
  /** Before the subcommand: `-c name=value` and the like. */
  options: readonly string[];
  signal: AbortSignal;
}

export interface GitRun {
  input?: Buffer;
  maxBytes?: number;
  /** Exit codes that are no failure. */
  accepts?: readonly number[];
}

export interface GitResult {
  output: Buffer;
  /** There was more than `maxBytes`. */
  isCut: boolean;
  exitCode: number | null;
}

/**
 * Runs git as this process’s user, its output and time bounded. The whole group of processes ends with the request, and nobody waits for
 * one that left the group.
 *
 * @throws PodexError git_failed, timed_out.
 */
export async function runGit(
  { folder, environment, options, signal }: GitPlace,
  args: readonly string[],
  { input, maxBytes = OUTPUT_BYTES_MAX, accepts = [0] }: GitRun = {},
): Promise<GitResult> {
  signal.throwIfAborted();
  const program = await findExecutable('git', environment.PATH ?? '');
  if (program === undefined) throw noGit();
  const child = spawn(program, [...options, ...args], {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let isLate = false;
  const stop = () => endGroup(child);
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, TIMEOUT_MS);
  let draining: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    // Behind a look at the pipes: a timer that is late comes before what they hold already.
    draining = setTimeout(() => setImmediate(stop), DRAIN_MS);
  });
  signal.addEventListener('abort', stop);
  // It may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  try {
    const [read, complaint, [exitCode]] = await Promise.all([
      readUpTo(child.stdout, maxBytes, stop),
      readUpTo(child.stderr, COMPLAINT_BYTES_MAX),
      once(child, 'close'),
    ]);
    signal.throwIfAborted();
    if (isLate) throw tookTooLong();
    if (!read.isCut && !accepts.includes(exitCode))
      throw gitFailed(exitCode, complaint.output.toString('utf8'));
    return { ...read, exitCode };
  } finally {
    clearTimeout(timer);
    clearTimeout(draining);
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function endGroup({ pid, exitCode, signalCode, stdin, stdout, stderr }: GitProcess): void {
  // Of one that has ended the group’s number may be another’s by now.
  if (pid !== undefined && exitCode === null && signalCode === null) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  for (const stream of [stdin, stdout, stderr]) stream.destroy();
}

/** What comes after `maxBytes` is read and dropped, so that the process is not held up; `onCut` may end it. */
async function readUpTo(
  output: Readable,
  maxBytes: number,
  onCut: () => void = () => undefined,
): Promise<Pick<GitResult, 'output' | 'isCut'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  output.on('data', (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
    if (bytes > maxBytes) onCut();
  });
  // Also of one that is let go of before its end.
  if (!output.closed) await once(output, 'close');
  return { output: Buffer.concat(chunks), isCut: bytes > maxBytes };
}

/** git’s own words: the last lines, as plain text. */
export function gitFailed(exitCode: number | null, complaint: string): PodexError {
  const output = plainText(complaint.replaceAll(/[^\n]*\r(?!\n)/g, ''))
    .trim()
    .slice(-COMPLAINT_CHARACTERS_MAX);
  return new PodexError('git_failed', sentenceOf(output, exitCode), { exit_code: exitCode, output });
}

function sentenceOf(output: string, exitCode: number | null): string {
  const trust = /git config --global --add safe\.directory .*/.exec(output)?.[0];
  if (trust !== undefined)
    return `The repository belongs to another user of the workspace. To trust it, run: ${trust}`;
  const lines = output.split('\n').map((line) => line.trim());
  // Of our own helper, which knows why there is no credential.
  const refusal = lines.find((line) => line.startsWith('podex: '));
  if (refusal !== undefined) return refusal.slice('podex: '.length);
  const said = lines.find((line) => /^(fatal:|error:|!) ?/.test(line)) ?? lines.at(-1) ?? '';
  if (said === '') return `git ended with code ${exitCode ?? 'none'} and said nothing.`;
  return `git said: ${said.replace(/^(fatal|error):\s*/, '')}`;
}

function noGit(): PodexError {
  return new PodexError(
    'conflict',
    'The workspace has no git. Install it in a terminal (sudo apt-get install git), or choose an image that has it.',
    { reason: 'no_git' },
  );
}

function tookTooLong(): PodexError {
  return new PodexError(
    'timed_out',
    `git took longer than ${TIMEOUT_MS / 1_000} seconds. Try again, or use git in a terminal.`,
    { timeout_ms: TIMEOUT_MS },
  );
}
