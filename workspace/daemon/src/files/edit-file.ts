import type { BigIntStats } from 'node:fs';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import {
  type EditFileInput,
  type EditFileResult,
  type EditPreview,
  editsOf,
  type FileEntry,
} from '@podex/contracts/files';
import type { PreparedAnswer } from './commit-gate.ts';
import { requireConditions, type WriteConditions } from './conditions.ts';
import { readWhole } from './disk.ts';
import { sidesOf } from './edit-preview.ts';
import { etagOf } from './etag.ts';
import { followLinks, statIfThere, toEntry } from './file-entries.ts';
import { onFile } from './file-errors.ts';
import { type ReplacedPassages, replacePassages } from './replace-passages.ts';
import { commitSave, stageContent } from './save-file.ts';
import { requireWritable, type WriteOptions } from './write-file.ts';

/** Edited in memory. */
export const MAX_EDITED_BYTES = 33_554_432;

/** A program of the user may have written the file while it was edited here; its work must not be lost. */
function requireUnchanged(file: string, before: BigIntStats, now: BigIntStats | undefined): void {
  requireConditions(file, now && etagOf(now), { ifMatch: etagOf(before), ifNoneMatch: undefined });
}

/** Replaces passages of a file; mode, encoding and line ends stay. Edits of one file wait for each other. */
export function editFile(file: string, edit: EditFileInput, options: WriteOptions): Promise<PreparedAnswer> {
  const toBody = (
    entry: FileEntry,
    { replacements }: ReplacedPassages,
    current: BigIntStats,
  ): EditFileResult => ({ entry, replacements, replaced_etag: etagOf(current) });
  return changeText(file, { change: passagesOf(file, edit), toBody }, options);
}

const passagesOf = (file: string, edit: EditFileInput) => (before: Buffer) =>
  replacePassages(before, { path: file, edits: editsOf(edit) }, { maxBytes: MAX_EDITED_BYTES });

export interface TextChange<Changed extends { content: Buffer }> {
  /** What is to stand in the place of these bytes. @throws what speaks against it. */
  change: (before: Buffer) => Changed;
  /** Of the answer; `current` is the file before the change. */
  toBody: (entry: FileEntry, changed: Changed, current: BigIntStats) => unknown;
}

/** Changes the content of a file that is there, in memory. What another program writes meanwhile is not lost. */
export async function changeText<Changed extends { content: Buffer }>(
  file: string,
  { change, toBody }: TextChange<Changed>,
  options: WriteOptions,
): Promise<PreparedAnswer> {
  return onFile(file, async () => {
    const target = await followLinks(file);
    using _lock = await options.locks.acquire(target);
    const { current, before } = await readToEdit(file, target, options.conditions);
    const changed = change(before);
    await using staged = await stageContent(target, changed.content, current, options);
    requireUnchanged(file, current, await statIfThere(target));
    const save = { staged, file, target, current, isExclusive: false };
    return await commitSave({ ...save, toBody: (entry) => toBody(entry, changed, current) }, options);
  });
}

/** What `editFile` would do, by the same way up to the first byte that it would write. */
export async function previewEdit(
  file: string,
  edit: EditFileInput,
  options: Pick<WriteOptions, 'conditions' | 'locks'>,
): Promise<EditPreview> {
  return previewChange(file, options, (before, entry) => {
    const replaced = passagesOf(file, edit)(before);
    return { entry, replacements: replaced.replacements, ...sidesOf(before, replaced) };
  });
}

/** What `look` makes of a file that could be changed. */
export async function previewChange<Preview>(
  file: string,
  { conditions, locks }: Pick<WriteOptions, 'conditions' | 'locks'>,
  look: (before: Buffer, entry: FileEntry) => Preview,
): Promise<Preview> {
  return onFile(file, async () => {
    const target = await followLinks(file);
    using _lock = await locks.acquire(target);
    const { current, before } = await readToEdit(file, target, conditions);
    return look(before, toEntry(file, current));
  });
}

/** @throws PodexError file_not_found, too_large and what speaks against a write. */
async function readToEdit(file: string, target: string, conditions: WriteConditions) {
  const current = requireWritable(file, await statIfThere(target), conditions);
  if (current === undefined)
    throw new PodexError('file_not_found', `There is no ${shownPath(file)}.`, { path: file });
  if (current.size > MAX_EDITED_BYTES) {
    const limit = { max_bytes: MAX_EDITED_BYTES };
    throw new PodexError('too_large', `Files of up to ${MAX_EDITED_BYTES} bytes can be edited.`, limit);
  }
  return { current, before: await readWhole(target) };
}
