import { z } from 'zod';
import { filePath } from './files.ts';
import { commandId } from './ids.ts';
import { commandTerminal } from './terminals.ts';
import { anyBytes, bytesOf, wholeNumber } from './text.ts';
import { environmentVariables } from './workspaces.ts';

/** Of a command line, whatever its characters; of all arguments together. */
export const COMMAND_BYTES_MAX = 1_048_576;
/** Linux takes no longer argument or variable; its end takes one byte more. */
const ARGUMENT_BYTES_MAX = 131_071;
/** Of all variables together: they share the kernel’s two megabytes with the arguments and the workspace’s own. */
const ENVIRONMENT_BYTES_MAX = 524_288;

const bytesOfAll = (values: readonly string[]) => values.reduce((sum, value) => sum + bytesOf(value) + 1, 0);

/** `command` runs as by a login-less `bash -c`; `argv` runs as it is. Exactly one of them, or `read_only_command`. */
export const runCommandInput = z
  .object({
    command: anyBytes(COMMAND_BYTES_MAX).min(1).optional(),
    argv: z
      .array(anyBytes(ARGUMENT_BYTES_MAX))
      .min(1)
      .max(1000)
      .refine(
        (argv) => bytesOfAll(argv) <= COMMAND_BYTES_MAX,
        `must have at most ${COMMAND_BYTES_MAX} bytes together`,
      )
      .optional(),
    // A name of its own and not a flag: the daemon of a workspace that has run since an older version would run the command all the same.
    read_only_command: anyBytes(COMMAND_BYTES_MAX).min(1).optional().meta({
      description:
        'As `command`, where nothing but `TMPDIR` can be written. All that it has started ends with it. The network is as for every command.',
    }),
    cwd: filePath.optional().meta({ description: '/home/dev when left out.' }),
    env: environmentVariables
      .refine(
        (env) => bytesOfAll(Object.entries(env).flat()) <= ENVIRONMENT_BYTES_MAX,
        `must have at most ${ENVIRONMENT_BYTES_MAX} bytes together`,
      )
      .optional(),
    timeout_ms: z
      .number()
      .int()
      .min(1)
      .max(86_400_000)
      .optional()
      .meta({ description: 'TERM, then KILL after 5 seconds.' }),
    background: z.boolean().default(false).meta({ description: 'Answer at once; the command goes on.' }),
    terminal: commandTerminal.optional().meta({
      description:
        'Run `command` in a terminal of its own, where people can watch it and type. Its output is then what the terminal is sent. A command of more than 128 KB runs without.',
    }),
  })
  .refine(
    ({ command, argv, read_only_command: readOnly }) =>
      [command, argv, readOnly].filter((given) => given !== undefined).length === 1,
    'give one of command, argv and read_only_command',
  )
  .refine(
    (value) => value.terminal === undefined || value.command !== undefined,
    'a terminal is for a command, not for argv or read_only_command',
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
    signal: z.string().nullable().meta({
      description:
        'Which ended it. null of one that was `killed`: the daemon of the workspace ended while it ran, and it with the daemon.',
    }),
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
