import { z } from 'zod';
import { filePath } from './files.ts';
import { commandId } from './ids.ts';
import { anyText, wholeNumber } from './text.ts';
import { environmentVariables } from './workspaces.ts';

/** Linux takes no longer argument. */
const COMMAND_CHARACTERS_MAX = 131_072;

/** `command` runs in a login-less `bash -c`; `argv` runs as it is. Exactly one of them. */
export const runCommandInput = z
  .object({
    command: anyText(COMMAND_CHARACTERS_MAX).min(1).optional(),
    argv: z.array(anyText(COMMAND_CHARACTERS_MAX)).min(1).max(1000).optional(),
    cwd: filePath.optional().meta({ description: '/home/dev when left out.' }),
    env: environmentVariables.optional(),
    timeout_ms: z
      .number()
      .int()
      .min(1)
      .max(86_400_000)
      .optional()
      .meta({ description: 'TERM, then KILL after 5 seconds.' }),
    background: z.boolean().default(false).meta({ description: 'Answer at once; the command goes on.' }),
  })
  .refine(
    (value) => (value.command === undefined) !== (value.argv === undefined),
    'give either command or argv',
  )
  .meta({ id: 'RunCommand' });
export type RunCommandInput = z.infer<typeof runCommandInput>;

export const commandStatus = z.enum(['running', 'exited', 'killed', 'timed_out']);

/** The output a `command` answer carries: the last 64 KB. The rest is read by `…/output?after=`. */
export const COMMAND_OUTPUT_TAIL_BYTES = 65_536;

export const command = z
  .object({
    id: commandId,
    status: commandStatus,
    exit_code: z.number().int().nullable(),
    signal: z.string().nullable(),
    output: z.string().meta({ description: 'stdout and stderr in order, UTF-8, the last 64 KB.' }),
    output_bytes: z.number().int(),
    truncated: z.boolean().meta({ description: '`output` is not all of it.' }),
    started_at: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Command' });
export type Command = z.infer<typeof command>;

/** How long the answer may wait for the end of the command; what is true then is answered. */
export const commandWaitQuery = z.object({ wait_ms: z.coerce.number().int().min(0).max(60_000).default(0) });
export const commandOutputQuery = z.object({
  after: wholeNumber.default(0).meta({ description: 'Byte offset to start from.' }),
});
export const killCommandQuery = z.object({ signal: z.enum(['TERM', 'KILL', 'INT', 'HUP']).default('TERM') });
