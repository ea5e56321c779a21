import { isUtf8 } from 'node:buffer';
import { PodexError } from '@podex/contracts/errors';
import { shownPath } from '@podex/contracts/file-names';
import { type FileEntry, SEARCH_FILE_BYTES_MAX, SEARCH_TEXT_CHARACTERS_MAX } from '@podex/contracts/files';
import {
  type PreviewReplaceInput,
  REPLACE_CHANGES_MAX,
  type ReplaceChange,
  type ReplaceInput,
  type ReplacePreview,
  type ReplaceResult,
} from '@podex/contracts/replacing';
import { openGate } from '../files/commit-gate.ts';
import { changeText, MAX_EDITED_BYTES, previewChange } from '../files/edit-file.ts';
import { requireOutsideKernel } from '../files/kernel-files.ts';
import type { SaveOptions } from '../files/save-file.ts';
import { GuardedReplacement, type Replaced, type ReplaceWish } from './guarded-replacement.ts';
import { toMatch } from './match-window.ts';

const ANY = { ifMatch: undefined, ifNoneMatch: undefined };
const NUL = 0x00;

export interface ReplaceOptions extends Omit<SaveOptions, 'gate'> {
  /** The path on the disk of one that a client gave. */
  resolve: (given: string) => string;
  /** Ends the work between two files. */
  signal: AbortSignal;
}

type Problem = ReplaceResult['files'][number]['problem'];

/** What replacing would do to each of the files; nothing is changed. @throws PodexError invalid_request for the pattern. */
export async function previewReplace(
  input: PreviewReplaceInput,
  options: ReplaceOptions,
): Promise<ReplacePreview> {
  const replacer = new Replacer(input);
  const files: ReplacePreview['files'] = [];
  let room = REPLACE_CHANGES_MAX;
  for (const given of input.paths) {
    options.signal.throwIfAborted();
    const nothing = { path: given, etag: null, count: 0, changes: [] };
    const found = await orProblem(async () => {
      const file = await fileOf(given, options);
      return previewChange(file, { ...options, conditions: ANY }, (before, { etag }) => {
        const { text, replaced } = replacer.run(file, before, { limit: room, isTextWanted: false });
        return { etag, count: replaced.count, changes: changesOf(file, text, replaced) };
      });
    });
    if ('problem' in found) files.push({ ...nothing, ...found });
    else files.push({ path: given, ...found, problem: null });
    room -= files.at(-1)?.changes.length ?? 0;
  }
  return { files };
}

/** Replaces in each of the files by itself: one that can’t be changed, or was since it was looked at, stays as it is. */
export async function replaceInFiles(input: ReplaceInput, options: ReplaceOptions): Promise<ReplaceResult> {
  const replacer = new Replacer(input);
  const files: ReplaceResult['files'] = [];
  for (const { path: given, etag, only } of input.files) {
    options.signal.throwIfAborted();
    const changed = await orProblem(async () => {
      const file = await fileOf(given, options);
      const conditions = { ...ANY, ifMatch: etag };
      return replaceInFile(file, { ...options, conditions, gate: openGate }, (before) => {
        const { replaced } = replacer.run(file, before, { only, limit: 0, isTextWanted: true });
        return { content: Buffer.from(replaced.text ?? ''), replacements: replaced.replacements };
      });
    });
    if ('problem' in changed) files.push({ path: given, entry: null, replacements: 0, ...changed });
    else files.push({ path: given, ...changed, problem: null });
  }
  return { files };
}

interface Changed {
  content: Buffer;
  replacements: number;
}

/** Where nothing matches, nothing is written. */
async function replaceInFile(
  file: string,
  options: Parameters<typeof changeText>[2],
  change: (before: Buffer) => Changed,
): Promise<{ entry: FileEntry; replacements: number }> {
  const done: { entry: FileEntry; replacements: number }[] = [];
  const requireSome = (before: Buffer) => {
    const changed = change(before);
    if (changed.replacements === 0)
      throw new PodexError('text_not_found', `The text to replace is not in ${shownPath(file)}.`, {
        path: file,
      });
    if (changed.content.length > MAX_EDITED_BYTES) throw tooLarge(file, MAX_EDITED_BYTES);
    return changed;
  };
  const toBody = (entry: FileEntry, { replacements }: Changed) => done.push({ entry, replacements });
  await changeText(file, { change: requireSome, toBody }, options);
  // The last is that of the file in its place.
  const last = done.at(-1);
  if (last === undefined) throw new Error('a change was carried out without an entry');
  return last;
}

/** One pattern over many files: where it takes too long in one, it is not tried in the others. */
class Replacer {
  readonly #replacement: GuardedReplacement;
  #isTooSlow = false;

  constructor(input: PreviewReplaceInput | ReplaceInput) {
    this.#replacement = new GuardedReplacement(input);
  }

  /** @throws PodexError invalid_request, too_large. */
  run(file: string, bytes: Buffer, wish: ReplaceWish): { text: string; replaced: Replaced } {
    if (bytes.length > SEARCH_FILE_BYTES_MAX) throw tooLarge(file, SEARCH_FILE_BYTES_MAX);
    if (bytes.includes(NUL) || !isUtf8(bytes)) {
      const message = `${shownPath(file)} is no UTF-8 text. Use a command to change it.`;
      throw new PodexError('invalid_request', message, {});
    }
    if (this.#isTooSlow) throw tooSlow();
    const text = bytes.toString('utf8');
    const replaced = this.#replacement.run(text, wish);
    this.#isTooSlow = replaced === 'too_slow';
    if (replaced === 'too_slow') throw tooSlow();
    if (replaced === 'too_large') throw tooLarge(file, MAX_EDITED_BYTES);
    return { text, replaced };
  }
}

function changesOf(file: string, text: string, { changes }: Replaced): ReplaceChange[] {
  return changes.map(({ index, line, lineStart, start, end, replacement }) => {
    const lineEnd = text.indexOf('\n', end);
    const whole = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd);
    const place = { start: start - lineStart, end: end - lineStart };
    const shown = replacement.slice(0, SEARCH_TEXT_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/, '');
    return { ...toMatch({ path: file, line, text: whole, ...place }), index, replacement: shown };
  });
}

async function fileOf(given: string, { resolve }: ReplaceOptions): Promise<string> {
  const file = resolve(given);
  await requireOutsideKernel(file);
  return file;
}

/** An error that is the file’s own does not end the others. */
async function orProblem<Result extends object>(
  work: () => Promise<Result>,
): Promise<Result | { problem: NonNullable<Problem> }> {
  try {
    return await work();
  } catch (error) {
    if (!PodexError.isInstance(error)) throw error;
    return { problem: { code: error.code, message: error.message, context: { ...error.context } } };
  }
}

function tooSlow(): PodexError {
  const message = 'The pattern takes too long to try. Write one that repeats less, or search for text.';
  return new PodexError('invalid_request', message, {});
}

function tooLarge(file: string, maxBytes: number): PodexError {
  const message = `${shownPath(file)} is, or would become, larger than ${maxBytes} bytes. Use a command to change it.`;
  return new PodexError('too_large', message, { max_bytes: maxBytes });
}
