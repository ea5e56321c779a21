import { z } from 'zod';
import { filePath } from './files.ts';
import { terminalId } from './ids.ts';
import { lineText, wholeNumber } from './text.ts';

const columns = z.number().int().min(2).max(1000);
const rows = z.number().int().min(1).max(1000);

export const createTerminalInput = z
  .object({
    shell: lineText(255).optional().meta({ description: 'The user’s own shell when left out.' }),
    cwd: filePath.optional(),
    cols: columns.default(80),
    rows: rows.default(24),
    name: lineText(80).optional(),
  })
  .meta({ id: 'CreateTerminal' });
export type CreateTerminalInput = z.infer<typeof createTerminalInput>;

export const terminal = z
  .object({
    id: terminalId,
    name: z.string(),
    cols: z.number().int(),
    rows: z.number().int(),
    created_at: z.iso.datetime(),
    status: z.enum(['running', 'exited']),
  })
  .meta({ id: 'Terminal' });
export type Terminal = z.infer<typeof terminal>;

export const attachTerminalQuery = z.object({
  after: wholeNumber.optional().meta({
    description:
      'Offset of the last byte seen; the bytes after it are replayed. Left out: the whole screen is drawn.',
  }),
});

/** Text frames that a client sends while attached. Binary frames are keyboard bytes. */
export const terminalClientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), cols: columns, rows }),
  z.object({ type: z.literal('ack'), offset: z.number().int().min(0) }),
]);
export type TerminalClientFrame = z.infer<typeof terminalClientFrame>;

/**
 * Text frames that the server sends. Binary frames are output bytes: after `ready {offset}` they follow from that offset;
 * after `screen {offset}` the one next binary frame redraws the whole screen and the bytes after it follow from the offset.
 */
export const terminalServerFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), offset: z.number().int() }),
  z.object({
    type: z.literal('screen'),
    offset: z.number().int(),
    cols: z.number().int(),
    rows: z.number().int(),
  }),
  z.object({ type: z.literal('resize'), cols: z.number().int(), rows: z.number().int() }),
  z.object({ type: z.literal('exit'), code: z.number().int().nullable(), signal: z.string().nullable() }),
  z.object({ type: z.literal('error'), code: z.string() }),
]);
export type TerminalServerFrame = z.infer<typeof terminalServerFrame>;
