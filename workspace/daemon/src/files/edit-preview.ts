import { EDIT_PREVIEW_BYTES_MAX, type EditPreview } from '@podex/contracts/files';
import type { ReplacedText } from './replace-text.ts';

const CONTEXT_LINES = 5;
/** Lines may have any length. */
const CONTEXT_BYTES_MAX = 4_096;
const LINE_FEED = 0x0a;

export type EditSides = Omit<EditPreview, 'entry' | 'replacements'>;

/** Both sides of an edit as a person looks at them: the whole file, or of a long one what surrounds the changes. */
export function sidesOf(before: Buffer, { content: after, places }: ReplacedText): EditSides {
  if (Math.max(before.length, after.length) <= EDIT_PREVIEW_BYTES_MAX) {
    return {
      before: textOf(before, 0, before.length),
      after: textOf(after, 0, after.length),
      first_line: 1,
      is_whole: true,
    };
  }
  // What stands before the first change and behind the last is the same on both sides.
  const start = contextStart(before, places[0]?.before.start ?? 0);
  const behind = before.length - contextEnd(before, places.at(-1)?.before.end ?? 0);
  return {
    before: textOf(before, start, before.length - behind),
    after: textOf(after, start, after.length - behind),
    first_line: linesBefore(before, start) + 1,
    is_whole: false,
  };
}

function contextStart(bytes: Buffer, place: number): number {
  let at = place;
  for (let line = 0; line <= CONTEXT_LINES; line += 1) {
    const found = at === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, at - 1);
    if (found === -1) at = 0;
    else at = found;
  }
  const start = bytes[at] === LINE_FEED && at !== place ? at + 1 : at;
  return toCharacter(bytes, Math.max(start, place - CONTEXT_BYTES_MAX));
}

function contextEnd(bytes: Buffer, place: number): number {
  let at = place;
  for (let line = 0; line <= CONTEXT_LINES && at < bytes.length; line += 1) {
    const found = bytes.indexOf(LINE_FEED, at);
    at = found === -1 ? bytes.length : found + 1;
  }
  return toCharacter(bytes, Math.min(at, place + CONTEXT_BYTES_MAX));
}

/** A database cannot hold NUL in a text. */
function textOf(bytes: Buffer, start: number, end: number): string {
  const last = toCharacter(bytes, Math.min(end, start + EDIT_PREVIEW_BYTES_MAX));
  return bytes.toString('utf8', start, last).replaceAll('\0', '\ufffd');
}

/** The place, or the beginning of the character that it is within. */
function toCharacter(bytes: Buffer, place: number): number {
  let at = place;
  while (at > 0 && at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}

function linesBefore(bytes: Buffer, place: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1 && at < place; at = bytes.indexOf(LINE_FEED, at + 1))
    lines += 1;
  return lines;
}
