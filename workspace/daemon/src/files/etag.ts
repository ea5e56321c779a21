import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';

const NANOSECONDS_PER_MS = 1_000_000;
/** What a date of the contract can say. */
const FIRST_DATE_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_DATE_MS = Date.parse('9999-12-31T23:59:59Z');
/** Of this process. Under gVisor an inode is a number in the order of looking, another with every start of the container. */
const LOOKER = randomBytes(4).toString('hex');

/**
 * Size, modification and change time, and the inode. Whatever replaces a file or writes it moves the change time, which no program can
 * set back, not even one that keeps the other two; within one tick of the clock only the inode tells one file from another.
 */
export function etagOf({
  size,
  mtimeNs,
  ctimeNs,
  ino,
}: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'ino'>): string {
  return `"${[size, mtimeNs, ctimeNs, ino].map((number) => number.toString(16)).join('-')}.${LOOKER}"`;
}

/** The date of the file that the etag was made of; undefined when it is none of ours. */
export function modifiedAtOf(etag: string): string | undefined {
  const [, modified] = /^"[\da-f]+-(-?[\da-f]{1,16})-/.exec(etag) ?? [];
  return modified === undefined ? undefined : toDate(Number.parseInt(modified, 16) / NANOSECONDS_PER_MS);
}

/** A date far off, which a file may bear, is shown as the last that can be written. */
export function toDate(milliseconds: number): string {
  const limited = Math.min(Math.max(milliseconds, FIRST_DATE_MS), LAST_DATE_MS);
  return new Date(limited).toISOString();
}
