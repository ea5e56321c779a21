/** What the command ends with. Scripts may rely on these numbers. */
export const EXIT = {
  failed: 1,
  /** Wrong command line. */
  usage: 2,
  /** Podex does not run here. */
  notRunning: 3,
  /** Nobody is signed in, or the token is not good any more. */
  notSignedIn: 4,
  /** An agent waits for a person to approve something. */
  needsApproval: 5,
  /** An agent waits to try again, or for its workspace, and goes on without this command. */
  waiting: 6,
  /** A variable or a port is wrong: starting again is of no use before it is put right (EX_CONFIG). */
  configuration: 78,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const;

/**
 * A failure that a person can put right. `message` is the cause in one line; `cure` says what to do,
 * a line each: commands stand there as they are typed.
 */
export class CliError extends Error {
  readonly cure: readonly string[];
  readonly exitCode: number;

  constructor(
    message: string,
    options: { cure?: string | readonly string[]; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CliError';
    this.cure = typeof options.cure === 'string' ? [options.cure] : (options.cure ?? []);
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}

/** The one style of every error: `podex: <cause>`, the cure below it and set in. */
export function formatCliError(error: CliError): string {
  const [first = '', ...rest] = error.message.split('\n');
  return [`podex: ${first}`, ...[...rest, ...error.cure].map((line) => `  ${line}`)].join('\n');
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Turns anything thrown into the error that is printed: known kinds keep their cause and cure. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (hasCommands(error)) return new CliError(error.message, { cure: error.commands, cause: error });
  if (errorCode(error) === 'ENOSPC') {
    return new CliError('the disk is full', {
      cure: 'free some space (df -h shows where) and run this again',
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new CliError(text, { cause: error, cure: 'PODEX_DEBUG=1 shows where this comes from' });
}

/** Errors of the engine's part carry what to run. */
function hasCommands(error: unknown): error is Error & { commands: readonly string[] } {
  return error instanceof Error && 'commands' in error && Array.isArray(error.commands);
}
