import { createPlainProgress } from './plain-progress.ts';
import type { Progress } from './progress.ts';
import { createTerminalProgress } from './terminal-progress.ts';

/** A spinner where a person watches, lines where a program or a log does. */
export function createProgress(
  stream: NodeJS.WriteStream,
  environment: { NO_COLOR?: string | undefined; TERM?: string | undefined },
): Progress {
  if (!stream.isTTY || environment.TERM === 'dumb') {
    return createPlainProgress((line) => stream.write(`${line}\n`));
  }
  return createTerminalProgress(stream, { colour: !environment.NO_COLOR });
}
