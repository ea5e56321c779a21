import { PodexError } from '@podex/contracts/errors';
import type { GitSelection } from '@podex/contracts/git';
import type { RawFileDiff, RawHunk } from './parse-diff.ts';

export type HunkSelection = NonNullable<GitSelection['hunks']>;

/**
 * A patch of the chosen hunks of a file, for `git apply`, or for `git apply --reverse`. The places that it names are those that the hunks
 * have without the others, so that git looks for none and finds no similar passage elsewhere.
 *
 * @throws PodexError conflict when the file’s difference is no longer the one that was shown.
 */
export function patchOf(
  file: RawFileDiff | undefined,
  { diff_id: shownId, hunk_ids: chosen }: HunkSelection,
  { isReverse }: { isReverse: boolean },
): Buffer {
  if (file === undefined || file.shown.id !== shownId) throw hasChanged();
  if (file.shown.truncated || file.shown.binary) throw notByHunks();
  const wanted = new Set(chosen);
  const hunks = file.hunks.filter(({ shown }) => wanted.delete(shown.id));
  if (wanted.size > 0) throw hasChanged();
  let shift = 0;
  const parts = hunks.map((hunk) => {
    const placed = isReverse
      ? { ...hunk, oldStart: hunk.newStart - shift + zeroOf(hunk) }
      : { ...hunk, newStart: hunk.oldStart + shift - zeroOf(hunk) };
    shift += hunk.newLines - hunk.oldLines;
    return placed;
  });
  return Buffer.concat([file.header, ...parts.flatMap(bytesOf)]);
}

/** A side without lines names the line before it. */
function zeroOf({ oldLines, newLines }: RawHunk): number {
  return (newLines === 0 ? 1 : 0) - (oldLines === 0 ? 1 : 0);
}

function bytesOf({ oldStart, oldLines, newStart, newLines, heading, body }: RawHunk): Buffer[] {
  const first = `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`;
  return [Buffer.from(first), heading, Buffer.from('\n'), body];
}

function hasChanged(): PodexError {
  return new PodexError(
    'conflict',
    'The file has changed since this difference was shown. Load it again, then choose.',
    { reason: 'diff_changed' },
  );
}

function notByHunks(): PodexError {
  return new PodexError(
    'conflict',
    'This file can only be taken as a whole: it is binary, or its difference is too long.',
    { reason: 'not_by_hunks' },
  );
}
