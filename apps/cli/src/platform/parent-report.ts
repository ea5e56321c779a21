import { z } from 'zod';
import { toCliError } from '../cli-error.ts';
import type { Progress } from '../progress/progress.ts';

/** What a supervisor in the background tells the process that started it, over Node's channel between the two. */
export const parentMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('step'), title: z.string() }),
  z.object({ type: z.literal('update'), detail: z.string() }),
  z.object({ type: z.literal('done'), detail: z.string().optional() }),
  z.object({ type: z.literal('failed_step') }),
  z.object({ type: z.literal('note'), line: z.string() }),
  z.object({ type: z.literal('ready'), lines: z.array(z.string()) }),
  z.object({
    type: z.literal('failed'),
    message: z.string(),
    cure: z.array(z.string()),
    exit_code: z.number(),
  }),
]);
export type ParentMessage = z.infer<typeof parentMessage>;

export interface ParentReport {
  progress: Progress;
  /** Everything is healthy: the parent may go. */
  ready(lines: string[]): void;
  /** It did not come up, or ended badly. */
  fail(error: unknown): void;
}

/** The supervisor's end. A parent that has gone hears nothing, and that is fine: the log has it as well. */
export function reportToParent(): ParentReport {
  const send = (message: ParentMessage) => {
    if (process.connected) process.send?.(message);
  };
  /** The channel is closed once the message is through; from then on nothing ties the two together. */
  const sendLast = (message: ParentMessage) => {
    if (process.connected) process.send?.(message, () => process.connected && process.disconnect?.());
  };
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const progress: Progress = {
    note(line) {
      log(line);
      send({ type: 'note', line });
    },
    step(title) {
      log(title);
      send({ type: 'step', title });
      return {
        update: (detail) => send({ type: 'update', detail }),
        done: (detail) => send({ type: 'done', ...(detail === undefined ? {} : { detail }) }),
        fail: () => send({ type: 'failed_step' }),
      };
    },
  };
  return {
    progress,
    ready(lines) {
      log('ready');
      sendLast({ type: 'ready', lines });
    },
    fail(error) {
      const { message, cure, exitCode } = toCliError(error);
      log(`failed: ${message}`);
      process.exitCode = exitCode;
      sendLast({ type: 'failed', message, cure: [...cure], exit_code: exitCode });
    },
  };
}
