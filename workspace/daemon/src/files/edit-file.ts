import type { BigIntStats } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { PodexError } from '@podex/contracts/errors';
import type { EditFileInput, EditFileResult } from '@podex/contracts/files';
import type { PreparedAnswer } from './commit-gate.ts';
import { requireConditions } from './conditions.ts';
import { etagOf, followLinks, statIfThere, toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { replaceText } from './replace-text.ts';
import { StagedFile } from './staged-file.ts';
import { modeOf, requireWritable, type WriteOptions } from './write-file.ts';

/** Edited in memory. */
const MAX_EDITED_BYTES = 33_554_432;

/** A program of the user may have written the file while it was edited here; its work must not be lost. */
function requireUnchanged(file: string, before: BigIntStats, now: BigIntStats | undefined): void {
  requireConditions(file, now && etagOf(now), { ifMatch: etagOf(before), ifNoneMatch: undefined });
}

/** Replaces a passage of a file; mode, encoding and line ends stay. Edits of one file wait for each other. */
export async function editFile(
  file: string,
  edit: EditFileInput,
  options: WriteOptions,
): Promise<PreparedAnswer> {
  return onFile(file, async () => {
    const target = await followLinks(file);
    using _lock = await options.locks.acquire(target);
    const current = requireWritable(file, await statIfThere(target), options.conditions);
    if (current === undefined) throw new PodexError('file_not_found', `There is no ${file}.`, { path: file });
    if (current.size > MAX_EDITED_BYTES) {
      const limit = { max_bytes: MAX_EDITED_BYTES };
      throw new PodexError('too_large', `Files of up to ${MAX_EDITED_BYTES} bytes can be edited.`, limit);
    }
    const { content, replacements } = replaceText(await readFile(target), { ...edit, path: file });
    await using staged = await StagedFile.write(target, content, modeOf(current));
    requireUnchanged(file, current, await statIfThere(target));
    const stats = await staged.statsAfter(current);
    const body: EditFileResult = { entry: toEntry(file, stats), replacements };
    const answer = { status: 200, body, headers: { etag: etagOf(stats) } };
    await options.gate(staged.temporaryPath, answer);
    await staged.putInPlace({ exclusive: false });
    return answer;
  });
}
