import { createHash } from 'node:crypto';
import { commandStatus, type RunCommandInput } from '@podex/contracts/commands';
import { commandId } from '@podex/contracts/ids';
import { z } from 'zod';

/** What the journal knows of a command. Not what it runs: that may hold secrets. */
export const commandRecord = z.object({
  id: commandId,
  input_hash: z.string(),
  status: commandStatus,
  exit_code: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** Of a finished command; while it runs the log knows. */
  output_bytes: z.number().int().nullable(),
  /** See identifyProcess; null until the process runs. */
  process: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
});
export type CommandRecord = z.infer<typeof commandRecord>;

/** Equal for equal requests, in whatever order their properties came. */
export function hashOfInput(input: RunCommandInput): string {
  const { env, ...rest } = input;
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const variables = Object.entries(env ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([sorted, variables]))
    .digest('hex');
}
