import { execa } from 'execa';

/** Every program of the testbed ends within this time, in milliseconds, unless told otherwise. */
const COMMAND_TIMEOUT_MS = 30_000;

export interface RunOptions {
  /** Text for its standard input. */
  input?: string;
  timeoutMs?: number;
  env?: Record<string, string>;
}

/**
 * Runs a program and returns its standard output without the last line break.
 *
 * @throws ExecaError with its standard error when it fails or takes too long.
 */
export async function runCommand(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { input, timeoutMs = COMMAND_TIMEOUT_MS, env } = options;
  const { stdout } = await execa(command, args, {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(env ? { env } : {}),
  });
  return stdout;
}

/** As `runCommand`, for something that may be gone already: a failure is the same as success. */
export async function tryCommand(command: string, args: string[]): Promise<void> {
  await execa(command, args, { timeout: COMMAND_TIMEOUT_MS, reject: false, stdin: 'ignore' });
}
