import { PodexError } from '@podex/contracts/errors';
import type { PassageEdit } from '@podex/contracts/files';
import { type ReplacedPlace, type ReplaceLimits, replaceText } from './replace-text.ts';

export interface ReplacedPassages {
  content: Buffer;
  replacements: number;
  /** In the order of the file; of several edits one place that holds all that they changed. */
  places: ReplacedPlace[];
}

/**
 * Carries edits out in their order, each in what the one before has left.
 *
 * @throws PodexError text_not_found, text_not_unique, too_large; of several edits it says which one.
 */
export function replacePassages(
  before: Buffer,
  { path, edits }: { path: string; edits: readonly PassageEdit[] },
  limits: ReplaceLimits,
): ReplacedPassages {
  const [only] = edits;
  if (only !== undefined && edits.length === 1) {
    const { content, places } = replaceText(before, { ...only, path }, limits);
    return { content, places, replacements: places.length };
  }
  let content = before;
  let replacements = 0;
  for (const [index, edit] of edits.entries()) {
    const replaced = naming(`Edit ${index + 1} of ${edits.length}`, () =>
      replaceText(content, { ...edit, path }, limits),
    );
    content = replaced.content;
    replacements += replaced.places.length;
  }
  return { content, replacements, places: [changedPlace(before, content)] };
}

function naming<Result>(edit: string, replace: () => Result): Result {
  try {
    return replace();
  } catch (error) {
    if (!PodexError.isInstance(error)) throw error;
    throw new PodexError(error.code, `${edit}: ${error.message}`, error.context, { cause: error });
  }
}

function changedPlace(before: Buffer, after: Buffer): ReplacedPlace {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let behind = 0;
  while (behind < shorter - start && before[before.length - 1 - behind] === after[after.length - 1 - behind])
    behind += 1;
  return { before: { start, end: before.length - behind }, after: { start, end: after.length - behind } };
}
