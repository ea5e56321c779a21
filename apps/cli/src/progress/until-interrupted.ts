import { CliError, EXIT } from '../cli-error.ts';
import { onInterrupt } from './on-interrupt.ts';

/**
 * Waits for what goes on without the person: Ctrl-C ends the waiting alone.
 *
 * @throws CliError with `message` when the person does not wait any longer.
 */
export async function untilInterrupted<Result>(
  { message, cure }: { message: string; cure: string },
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  using interrupt = onInterrupt();
  try {
    return await wait(interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new CliError(message, { cure, exitCode: EXIT.interrupted, cause: error });
  }
}
