import type { BigIntStats } from 'node:fs';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import type { EditFileInput, EditFileResult, EditPreview, FileEntry } from '@podex/contracts/files';
import type { PreparedAnswer } from './commit-gate.ts';
import { requireConditions, type WriteConditions } from './conditions.ts';
import { readWhole } from './disk.ts';
import { sidesOf } from './edit-preview.ts';
import { etagOf, followLinks, statIfThere, toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { replaceText } from './replace-text.ts';
import { commitSave, stageContent } from './save-file.ts';
import { requireWritable, type WriteOptions } from './write-file.ts';

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
    const { current, replaced } = await prepareEdit({ file, target, edit, conditions: options.conditions });
    const { content, places } = replaced;
    await using staged = await stageContent(target, content, current, options);
    requireUnchanged(file, current, await statIfThere(target));
    const toBody = (entry: FileEntry): EditFileResult => ({ entry, replacements: places.length });
    return await commitSave({ staged, file, target, current, isExclusive: false, toBody }, options);
  });
}

/** What `editFile` would do, by the same way up to the first byte that it would write. */
export async function previewEdit(
  file: string,
  edit: EditFileInput,
  { conditions, locks }: Pick<WriteOptions, 'conditions' | 'locks'>,
): Promise<EditPreview> {
  return onFile(file, async () => {
    const target = await followLinks(file);
    using _lock = await locks.acquire(target);
    const { current, before, replaced } = await prepareEdit({ file, target, edit, conditions });
    return {
      entry: toEntry(file, current),
      replacements: replaced.places.length,
      ...sidesOf(before, replaced),
    };
  });
}

interface EditPlan {
  /** As it was asked for, and where that leads. */
  file: string;
  target: string;
  edit: EditFileInput;
  conditions: WriteConditions;
}

/** @throws PodexError what speaks against the edit. */
async function prepareEdit({ file, target, edit, conditions }: EditPlan) {
  const current = requireWritable(file, await statIfThere(target), conditions);
  if (current === undefined)
    throw new PodexError('file_not_found', `There is no ${shownPath(file)}.`, { path: file });
  if (current.size > MAX_EDITED_BYTES) {
    const limit = { max_bytes: MAX_EDITED_BYTES };
    throw new PodexError('too_large', `Files of up to ${MAX_EDITED_BYTES} bytes can be edited.`, limit);
  }
  const before = await readWhole(target);
  const replaced = replaceText(before, { ...edit, path: file }, { maxBytes: MAX_EDITED_BYTES });
  return { current, before, replaced };
}
