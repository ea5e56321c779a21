export type LineEnd = '\n' | '\r\n';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** How each line in these bytes ends, in their order. */
export function lineEndsIn(bytes: Buffer): LineEnd[] {
  const ends: LineEnd[] = [];
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    ends.push(endAt(bytes, at));
  }
  return ends;
}

/** How the line at this place ends; of a last line without an end, how the one before does. */
export function lineEndAround(bytes: Buffer, place: number): LineEnd {
  const next = bytes.indexOf(LINE_FEED, place);
  const at = next === -1 ? bytes.lastIndexOf(LINE_FEED, Math.max(0, place - 1)) : next;
  return at === -1 ? '\n' : endAt(bytes, at);
}

function endAt(bytes: Buffer, lineFeed: number): LineEnd {
  return lineFeed > 0 && bytes[lineFeed - 1] === CARRIAGE_RETURN ? '\r\n' : '\n';
}

export interface FitLineEndsOptions {
  /** What is replaced, its lines ended by LF. */
  oldText: string;
  newText: string;
  /** How the lines of the replaced passage end. */
  ends: readonly LineEnd[];
  /** Where the passage is within one line: how that line ends. */
  around: LineEnd;
}

/**
 * The new text with the line ends of the passage that it replaces: lines that stay keep theirs, new ones get the usual one of the
 * passage. A CRLF that was given stays.
 */
export function fitLineEnds({ oldText, newText, ends, around }: FitLineEndsOptions): string {
  const oldLines = oldText.split('\n');
  const newLines = newText.split('\n');
  const usual = usualEnd(ends, around);
  const kept = keptLines(oldLines, newLines);
  return newLines
    .map((line, index) => {
      if (index === newLines.length - 1) return line;
      return line.endsWith('\r') ? `${line}\n` : `${line}${ends[kept(index)] ?? usual}`;
    })
    .join('');
}

function usualEnd(ends: readonly LineEnd[], around: LineEnd): LineEnd {
  const crlf = ends.filter((end) => end === '\r\n').length;
  if (crlf * 2 === ends.length) return around;
  return crlf * 2 > ends.length ? '\r\n' : '\n';
}

/** Which old line a new one is, as far as both begin or end with the same lines; -1 when it is none of them. */
function keptLines(oldLines: readonly string[], newLines: readonly string[]): (index: number) => number {
  const shorter = Math.min(oldLines.length, newLines.length);
  let first = 0;
  while (first < shorter && oldLines[first] === newLines[first]) first += 1;
  let last = 0;
  while (last < shorter - first && oldLines.at(-1 - last) === newLines.at(-1 - last)) last += 1;
  return (index) => {
    if (index < first) return index;
    const fromEnd = newLines.length - 1 - index;
    return fromEnd < last ? oldLines.length - 1 - fromEnd : -1;
  };
}
