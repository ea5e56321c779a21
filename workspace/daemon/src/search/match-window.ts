import { SEARCH_TEXT_CHARACTERS_MAX } from '@podex/contracts/files';
import { open } from '../files/disk.ts';
import type { SearchMatch } from './search-request.ts';

/** Of a long line: how much of what stands before the match is shown. */
const BEFORE_CHARACTERS = 150;
const AFTER_CHARACTERS = SEARCH_TEXT_CHARACTERS_MAX - BEFORE_CHARACTERS;
/** UTF-8 has up to three bytes for one UTF-16 unit. */
const BYTES_PER_CHARACTER_MAX = 3;
const READ_BYTES = 1_048_576;
const LINE_FEED = 0x0a;

/** Where a match is: its line counted from 1, its place in the text counted from 0, its end behind it. */
export interface FoundMatch {
  path: string;
  line: number;
  /** The line that it begins in, or all that it goes over. */
  text: string;
  start: number;
  end: number;
}

/** A match as it is shown: the whole line, or of a long one a window around the match. */
export function toMatch({ path, line, text, start, end }: FoundMatch): SearchMatch {
  const whole = text.replace(/\r?\n$|\r$/, '');
  const isLong = whole.length > SEARCH_TEXT_CHARACTERS_MAX;
  const from = isLong
    ? Math.max(0, Math.min(start - BEFORE_CHARACTERS, whole.length - SEARCH_TEXT_CHARACTERS_MAX))
    : 0;
  const shown = whole.slice(from, from + SEARCH_TEXT_CHARACTERS_MAX);
  const column = start + 1;
  return { path, line, column, length: end - start, ...withoutHalves(shown, from, isLong) };
}

/** A line beside a match: without its end, and of a long one the beginning. */
export function shownLine(line: string): string {
  const text = line.replace(/\r?\n$|\r$/, '').slice(0, SEARCH_TEXT_CHARACTERS_MAX);
  return text.replace(/[\ud800-\udbff]$/, '');
}

/** A cut must not leave half of a surrogate pair. */
function withoutHalves(
  text: string,
  from: number,
  isCut: boolean,
): Pick<SearchMatch, 'text' | 'text_column'> {
  if (!isCut || text.isWellFormed()) return { text, text_column: from + 1 };
  const first = /^[\udc00-\udfff]/.test(text) ? 1 : 0;
  return { text: text.slice(first).replace(/[\ud800-\udbff]$/, ''), text_column: from + first + 1 };
}

export interface MatchPlace {
  path: string;
  line: number;
  /** In the bytes of the file. */
  lineOffset: number;
  matchOffset: number;
}

/** As toMatch, for a line too long to be held: its window is read from the file. */
export async function readMatch({ path, line, lineOffset, matchOffset }: MatchPlace): Promise<SearchMatch> {
  await using file = await open(path, 'r');
  const read = async (from: number, to: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, to - from)), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let start = 0;
  let before = '';
  for (let at = lineOffset; at < matchOffset; at += READ_BYTES) {
    const end = Math.min(matchOffset, at + READ_BYTES);
    const text = decoder.decode(await read(at, end), { stream: end < matchOffset });
    start += text.length;
    before = (before + text).slice(-BEFORE_CHARACTERS);
  }
  const bytes = await read(matchOffset, matchOffset + AFTER_CHARACTERS * BYTES_PER_CHARACTER_MAX);
  const end = bytes.indexOf(LINE_FEED);
  const rest = bytes.subarray(0, end === -1 ? bytes.length : end);
  const after = new TextDecoder('utf-8').decode(rest, { stream: end === -1 }).slice(0, AFTER_CHARACTERS);
  const shown = (before + after).replace(/\r$/, '');
  return { path, line, column: start + 1, ...withoutHalves(shown, start - before.length, true) };
}
