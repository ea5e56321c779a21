/** A file as text that can be written back byte for byte. */
export interface FileText {
  text: string;
  /** How its lines end. Only a file whose every line ends so is split at CR LF; in any other a CR is a character of its line. */
  lineSeparator: '\n' | '\r\n';
}

/** Undefined when the bytes are no UTF-8 text. A byte order mark stays the first character. */
export function decodeText(bytes: Uint8Array): FileText | undefined {
  if (bytes.includes(0)) return undefined;
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  return { text, lineSeparator: endsLinesWithCrLf(text) ? '\r\n' : '\n' };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function endsLinesWithCrLf(text: string): boolean {
  return text.includes('\r\n') && !/[^\r]\n|^\n|\r(?!\n)/.test(text);
}

/** The one passage in which two texts differ, in characters; undefined when they are the same. */
export function findChange(
  before: string,
  after: string,
): { from: number; to: number; insert: string } | undefined {
  if (before === after) return undefined;
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start += 1;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  return { from: start, to: before.length - tail, insert: after.slice(start, after.length - tail) };
}
