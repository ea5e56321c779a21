import { PodexError } from '@podex/contracts/errors';
import type { GitStatusEntry } from '@podex/contracts/git';
import { diskPath } from '../files/file-names.ts';

/** As git lists them: all of one kind before the next, each kind by the bytes of its paths. */
const KINDS: readonly GitStatusEntry['kind'][] = ['tracked', 'conflicted', 'untracked'];
const CURSOR = /^([0-2])\.([\w-]+)$/;

interface Place {
  kind: number;
  path: Buffer;
}

export interface StatusPage {
  entries: GitStatusEntry[];
  next: string | null;
}

/**
 * The page of entries after the one that `after` names, which need not be there any more: what changes between two pages moves no other
 * entry from one to the other.
 *
 * @throws PodexError invalid_request.
 */
export function pageOfEntries(
  entries: readonly GitStatusEntry[],
  after: string | undefined,
  limit: number,
): StatusPage {
  const from = after === undefined ? 0 : firstAfter(entries, parseCursor(after));
  const page = entries.slice(from, from + limit);
  const last = page.at(-1);
  return { entries: page, next: last !== undefined && from + limit < entries.length ? cursorAt(last) : null };
}

/** The cursor after the last entry; null without one. */
export function endOf(entries: readonly GitStatusEntry[]): string | null {
  const last = entries.at(-1);
  return last === undefined ? null : cursorAt(last);
}

function firstAfter(entries: readonly GitStatusEntry[], place: Place): number {
  const at = entries.findIndex((entry) => compare(placeOf(entry), place) > 0);
  return at === -1 ? entries.length : at;
}

function compare(one: Place, other: Place): number {
  return one.kind - other.kind || one.path.compare(other.path);
}

function placeOf({ kind, path }: GitStatusEntry): Place {
  return { kind: KINDS.indexOf(kind), path: Buffer.from(diskPath(path)) };
}

function cursorAt(entry: GitStatusEntry): string {
  const { kind, path } = placeOf(entry);
  return `${kind}.${path.toString('base64url')}`;
}

function parseCursor(cursor: string): Place {
  const [, kind, path] = CURSOR.exec(cursor) ?? [];
  if (path !== undefined) return { kind: Number(kind), path: Buffer.from(path, 'base64url') };
  throw new PodexError('invalid_request', 'after must be the `next` of the page before.', {});
}
