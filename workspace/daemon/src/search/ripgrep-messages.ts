import type { Readable } from 'node:stream';
import { z } from 'zod';
import { spellName } from '../files/file-names.ts';
import { readBoundedJson } from './bounded-json-lines.ts';
import { shownLine } from './match-window.ts';

/** Of a string in ripgrep’s output; paths are shorter, whatever is escaped in them. */
const MAX_STRING_BYTES = 65_536;

const textOrBytes = z.object({ text: z.string().optional(), bytes: z.string().optional() });
const place = { path: textOrBytes, lines: textOrBytes, line_number: z.number().nullable() };
/** One line of `rg --json`: https://docs.rs/grep-printer/latest/grep_printer/struct.JSON.html */
const ripgrepMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('match'),
    data: z.object({
      ...place,
      absolute_offset: z.number(),
      submatches: z.array(z.object({ start: z.number(), end: z.number() })),
    }),
  }),
  z.object({ type: z.literal('context'), data: z.object(place) }),
  z.object({ type: z.enum(['begin', 'end', 'summary']) }),
]);

export interface RipgrepMatch {
  type: 'match';
  path: string;
  line: number;
  bytes: Buffer;
  /** In `bytes`. */
  start: number;
  end: number;
  /** In the file. */
  lineOffset: number;
  /** Some of the line is not in `bytes`. */
  isCut: boolean;
}

export type RipgrepMessage =
  | RipgrepMatch
  | { type: 'context'; line: number; text: string }
  | { type: 'begin' | 'end' | 'summary' };

/** What ripgrep says, as far as it is looked at. @throws SyntaxError, ZodError when it is not ripgrep that speaks. */
export async function* readMessages(output: Readable): AsyncGenerator<RipgrepMessage> {
  for await (const { value, isCut } of readBoundedJson(output, { maxStringBytes: MAX_STRING_BYTES })) {
    const message = ripgrepMessage.parse(value);
    if (message.type === 'match') {
      const { path, lines, line_number: line, absolute_offset: lineOffset, submatches } = message.data;
      yield {
        type: 'match',
        path: spellName(bytesOf(path)),
        line: line ?? 1,
        bytes: bytesOf(lines),
        start: submatches[0]?.start ?? 0,
        end: submatches[0]?.end ?? 0,
        lineOffset,
        isCut,
      };
    } else if (message.type === 'context') {
      const { line_number: line, lines } = message.data;
      yield { type: 'context', line: line ?? 1, text: shownLine(bytesOf(lines).toString('utf8')) };
    } else {
      yield { type: message.type };
    }
  }
}

function bytesOf({ text, bytes = '' }: z.infer<typeof textOrBytes>): Buffer {
  return text === undefined ? Buffer.from(bytes, 'base64') : Buffer.from(text);
}
