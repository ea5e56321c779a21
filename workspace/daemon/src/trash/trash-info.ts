import { constants } from 'node:fs';
import { open, readAtMost } from '../files/disk.ts';
import { diskPath, spellName } from '../files/file-names.ts';

/** What the FreeDesktop trash (https://specifications.freedesktop.org/trash-spec) keeps beside what was deleted. */
export interface TrashInfo {
  originalPath: string | null;
  deletedAt: Date | null;
}

/** Another program may have left anything under that name: neither a pipe is waited for nor a link followed. */
const TO_READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** A path has at most 4,096 bytes, each three characters here. */
const INFO_BYTES_MAX = 16_384;
const KEPT_AS_IS = /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/;
const UNKNOWN: TrashInfo = { originalPath: null, deletedAt: null };

export function writeInfo({ originalPath, deletedAt }: { originalPath: string; deletedAt: Date }): string {
  return `[Trash Info]\nPath=${encodePath(originalPath)}\nDeletionDate=${toLocalTime(deletedAt)}\n`;
}

export async function readInfo(file: string): Promise<TrashInfo> {
  try {
    await using handle = await open(file, TO_READ);
    return parseInfo((await readAtMost(handle, INFO_BYTES_MAX)).toString('latin1'));
  } catch {
    // None, or not to be read: what it is about is there all the same.
    return UNKNOWN;
  }
}

export function parseInfo(text: string): TrashInfo {
  const [first, ...lines] = text.split('\n');
  if (first?.trim() !== '[Trash Info]') return UNKNOWN;
  // The first of each counts.
  const find = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
  return { originalPath: decodePath(find('Path')), deletedAt: parseLocalTime(find('DeletionDate')) };
}

function encodePath(path: string): string {
  let encoded = '';
  for (const byte of Buffer.from(diskPath(path))) {
    const character = String.fromCharCode(byte);
    encoded += KEPT_AS_IS.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** Null unless it is the path of a file: a relative one is of a trash on another disk. */
function decodePath(encoded: string | undefined): string | null {
  if (encoded === undefined || !encoded.startsWith('/')) return null;
  const bytes = encoded.replaceAll(/%([\dA-Fa-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytes.includes('\0') ? null : spellName(Buffer.from(bytes, 'latin1'));
}

/** The specification wants the time of the place, without saying which place. */
function toLocalTime(date: Date): string {
  const minutes = date.getTimezoneOffset();
  return new Date(date.getTime() - minutes * 60_000).toISOString().slice(0, 19);
}

function parseLocalTime(text: string | undefined): Date | null {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text.trim())) return null;
  const date = new Date(text.trim());
  return Number.isNaN(date.getTime()) ? null : date;
}
