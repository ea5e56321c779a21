/**
 * A name on a Linux disk is bytes, and need not be UTF-8; a path of the API is text. What is UTF-8 stands for itself. Each byte 0xNN that
 * belongs to no UTF-8 character is the one character U+10FENN of a private plane, and a character U+10FE80 … U+10FEFF that really stands in
 * a name is given byte by byte in the same way. So every name has one spelling, no two names share one, and each route that takes a path
 * takes back what another gave.
 */
export const ESCAPED_BYTE_BASE = 0x10fe00;

const ESCAPED_BYTE = /[\u{10fe80}-\u{10feff}]/u;
const ESCAPED_BYTES = /[\u{10fe80}-\u{10feff}]/gu;

/** Whether the path has bytes in it that are no UTF-8. */
export function hasEscapedBytes(path: string): boolean {
  return ESCAPED_BYTE.test(path);
}

/** Control characters, line separators and what turns the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is shown.
const NOT_SHOWN_AS_IS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** For people: bytes that are no UTF-8 as `\xB1`, and what would not be seen, or deceive, as `\u202E`. Not to be sent back. */
export function shownPath(path: string): string {
  return path
    .replaceAll(
      ESCAPED_BYTES,
      (character) => `\\x${hex((character.codePointAt(0) ?? 0) - ESCAPED_BYTE_BASE, 2)}`,
    )
    .replaceAll(NOT_SHOWN_AS_IS, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
