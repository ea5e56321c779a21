import { z } from 'zod';
import { filePath } from './files.ts';
import { commandId, terminalId } from './ids.ts';
import { lineText, wholeNumber } from './text.ts';

const columns = z.number().int().min(2).max(1000);
const rows = z.number().int().min(1).max(1000);
const name = lineText(80);

/** Of a command that runs in a terminal. */
export const commandTerminal = z.object({
  cols: columns.default(80),
  rows: rows.default(24),
  name: name.optional().meta({ description: 'The command line’s beginning when left out.' }),
});

export const createTerminalInput = z
  .object({
    shell: lineText(255).optional().meta({ description: 'The user’s own shell when left out.' }),
    cwd: filePath.optional(),
    cols: columns.default(80),
    rows: rows.default(24),
    name: name.optional(),
  })
  .meta({ id: 'CreateTerminal' });
export type CreateTerminalInput = z.infer<typeof createTerminalInput>;

export const renameTerminalInput = z.object({ name }).meta({ id: 'RenameTerminal' });

export const terminal = z
  .object({
    id: terminalId,
    name: z.string(),
    cols: z.number().int(),
    rows: z.number().int(),
    created_at: z.iso.datetime(),
    status: z.enum(['running', 'exited']),
    command_id: commandId.nullable().default(null).meta({
      description: 'The command that runs in it in place of a shell. It ends with the terminal.',
    }),
  })
  .meta({ id: 'Terminal' });
export type Terminal = z.infer<typeof terminal>;

export const attachTerminalQuery = z.object({
  after: wholeNumber.optional().meta({
    description:
      'Offset of the last byte seen; the bytes after it are replayed. Left out: the whole screen is drawn.',
  }),
});

const color = z.string().regex(/^#[0-9a-f]{6}$/i);

/** How a viewer draws a terminal. Programs that ask for colours learn those that were told last. */
export const terminalColors = z.object({
  foreground: color,
  background: color,
  cursor: color,
  ansi: z.array(color).length(16),
});
export type TerminalColors = z.infer<typeof terminalColors>;

/** Text frames that a client sends while attached. Binary frames are keyboard bytes. */
export const terminalClientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), cols: columns, rows }),
  z.object({ type: z.literal('ack'), offset: z.number().int().min(0) }),
  terminalColors.extend({ type: z.literal('colors') }),
]);
export type TerminalClientFrame = z.infer<typeof terminalClientFrame>;

/** How many bytes of input a client has on their way at most, if it wants its program’s terminal to be interrupted at once. */
const inputWindow = z.number().int().min(1).optional();

/**
 * Text frames that the server sends. `ack` says how many bytes of this connection’s input were taken: they are with the program’s
 * terminal, or an interrupt has dropped them. Binary frames are output bytes: after `ready {offset}` they follow from that offset;
 * after `screen {offset}` the one next binary frame redraws the whole screen and the bytes after it follow from the offset.
 */
export const terminalServerFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), offset: z.number().int(), input_window: inputWindow }),
  z.object({
    type: z.literal('screen'),
    offset: z.number().int(),
    cols: z.number().int(),
    rows: z.number().int(),
    input_window: inputWindow,
  }),
  z.object({ type: z.literal('ack'), offset: z.number().int() }),
  z.object({ type: z.literal('resize'), cols: z.number().int(), rows: z.number().int() }),
  z.object({ type: z.literal('exit'), code: z.number().int().nullable(), signal: z.string().nullable() }),
  z.object({ type: z.literal('error'), code: z.string() }),
]);
export type TerminalServerFrame = z.infer<typeof terminalServerFrame>;
