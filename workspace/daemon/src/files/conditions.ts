import type { IncomingHttpHeaders } from 'node:http';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { isSameVersion } from '@podex/contracts/file-versions';

/** What a write asks of the file that it replaces. */
export interface WriteConditions {
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
}

export function writeConditions(headers: IncomingHttpHeaders): WriteConditions {
  return { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
}

/** @throws PodexError file_changed, with the etag that is there now. `etag` is undefined when there is no file. */
export function requireConditions(
  path: string,
  etag: string | undefined,
  { ifMatch, ifNoneMatch }: WriteConditions,
): void {
  const isWanted = ifMatch === undefined || (etag !== undefined && includesEtag(ifMatch, etag));
  const isUnwanted = ifNoneMatch !== undefined && etag !== undefined && includesEtag(ifNoneMatch, etag);
  if (isWanted && !isUnwanted) return;
  const message =
    etag === undefined
      ? `${shownPath(path)} is not there any more. Save it again as a new file.`
      : `${shownPath(path)} was changed by somebody else. Read it again.`;
  throw new PodexError('file_changed', message, etag === undefined ? { path } : { path, etag });
}

/** Weak comparison (RFC 9110 §8.8.3.2): proxies may have weakened our etag. */
export function includesEtag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((part) => isSameVersion(part.trim().replace(/^W\//, ''), etag));
}

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * The one range of a `Range` header; undefined when the whole file is to be sent (no header, several ranges, another unit).
 *
 * @throws PodexError range_not_satisfiable.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start > end) {
    throw new PodexError('range_not_satisfiable', `The file has ${size} bytes.`, { size });
  }
  return { start, end };
}
