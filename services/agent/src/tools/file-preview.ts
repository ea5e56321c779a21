import type { ApprovalPreview } from '@podex/contracts/conversations';
import { PodexError } from '@podex/contracts/errors';
import type { ToolContext } from './tool.ts';

/** Of each side of a preview. */
const MAX_PREVIEW_CHARACTERS = 256 * 1024;

/** The text of a file as it is now: null when there is none, undefined when it is too long or not text. */
export async function currentText(
  path: string,
  { workspace, signal }: ToolContext,
): Promise<string | null | undefined> {
  try {
    const file = await workspace.readText(path, { signal, maxBytes: MAX_PREVIEW_CHARACTERS });
    return file.isWhole ? file.text : undefined;
  } catch (error) {
    if (PodexError.has(error, 'file_not_found')) return null;
    throw error;
  }
}

export function diffPreview(path: string, before: string | null, after: string): ApprovalPreview {
  return { type: 'diff', path, before: before === null ? null : cut(before), after: cut(after) };
}

function cut(text: string): string {
  if (text.length <= MAX_PREVIEW_CHARACTERS) return text;
  return `${text.slice(0, MAX_PREVIEW_CHARACTERS)}\n… ${text.length - MAX_PREVIEW_CHARACTERS} more characters are not shown`;
}
