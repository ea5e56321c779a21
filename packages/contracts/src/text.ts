import { z } from 'zod';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const ONE_LINE = 'must be one line of well-formed Unicode without control characters';
/**
 * What turns the direction of the text around it, or takes no room: with it two names look the same, or one looks like another. Not the two
 * joiners (U+200C, U+200D), which scripts and emoji need.
 */
const DECEIVING = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;
const NAME =
  'must be one line of well-formed Unicode without control characters, invisible or direction marks';
const STORABLE = 'must be well-formed Unicode without NUL characters';

/** Whether it can stand in a log, a terminal or a command line as it is. */
export function isOneLine(value: string): boolean {
  return value.isWellFormed() && !CONTROL.test(value);
}

/** One line as it was typed: a search, a branch, a shell. */
export function lineText(maxCharacters: number) {
  return z.string().max(maxCharacters).refine(isOneLine, ONE_LINE);
}

/** Whether it can stand for somebody or something: what people see of it is what it is. */
export function isName(value: string): boolean {
  return isOneLine(value) && !DECEIVING.test(value);
}

/** A name or a title, in any script: one line, not empty, without space around it, its accents in one spelling. */
export function nameText(maxCharacters: number) {
  return z.string().trim().normalize('NFC').min(1).max(maxCharacters).refine(isName, NAME);
}

/** An email address in lower case, as better-auth stores it. */
export const emailText = z.string().trim().toLowerCase().max(254).pipe(z.email());

/**
 * Whatever people paste and programs print, escape sequences as well. Only what PostgreSQL and UTF-8 cannot hold is refused: NUL and
 * halves of surrogate pairs.
 */
export function anyText(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), STORABLE);
}

/** As anyText, bounded where the kernel or a file counts: in bytes of UTF-8. */
export function anyBytes(maxBytes: number) {
  return anyText(maxBytes).refine(
    (value) => bytesOf(value) <= maxBytes,
    `must have at most ${maxBytes} bytes as UTF-8`,
  );
}

const encoder = new TextEncoder();

/** As UTF-8. */
export function bytesOf(value: string): number {
  return encoder.encode(value).length;
}

/** What one side made and the other only gives back, such as a cursor: visible ASCII. */
export function opaqueText(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .regex(/^[\x21-\x7e]*$/, 'must be visible ASCII characters');
}

/** A map with at most so many keys, each and its value of a bounded type. */
export function boundedRecord<Key extends z.ZodType<string, string>, Value extends z.ZodType>(
  key: Key,
  value: Value,
  maxKeys: number,
) {
  return z
    .record(key, value)
    .refine((record) => Object.keys(record).length <= maxKeys, `must have at most ${maxKeys} keys`)
    .meta({ maxProperties: maxKeys });
}

/** "1 member", "3 members"; where the plural has more than an s, it is given: `countOf(2, 'entry', 'entries')`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** A count or an offset in a query, as large as JavaScript counts exactly. */
export const wholeNumber = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/**
 * What a program or a vendor said, on its way into the database from another service of Podex: never refused. It is cut at
 * `maxCharacters`, and what PostgreSQL cannot hold becomes U+FFFD.
 */
export function keptText(maxCharacters: number) {
  return z
    .string()
    .transform((value) => value.slice(0, maxCharacters).toWellFormed().replaceAll('\0', '\ufffd'));
}
