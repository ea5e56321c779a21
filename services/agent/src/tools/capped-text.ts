import { PodexError } from '@podex/contracts/errors';
import { TOOL_OUTPUT_MAX_CHARACTERS } from '@podex/contracts/events';
import type { CallContext } from './tool.ts';

export const MAX_LINES = 2000;
/** Leaves room for the notes around it. */
export const MAX_CHARACTERS = TOOL_OUTPUT_MAX_CHARACTERS - 2000;

const OUTPUTS_PATH = '.podex/outputs';
const MAX_KEPT_OUTPUTS = 50;

export interface CappedText {
  text: string;
  isCut: boolean;
}

/** The beginning of a text, in whole lines, as much as a model is given at once. */
export function capStart(text: string): CappedText {
  const lines = text.split('\n');
  let kept = lines.slice(0, MAX_LINES).join('\n');
  if (kept.length > MAX_CHARACTERS) {
    const cut = kept.lastIndexOf('\n', MAX_CHARACTERS);
    kept = kept.slice(0, cut > 0 ? cut : MAX_CHARACTERS);
  }
  return { text: kept, isCut: kept.length < text.length };
}

/** The end of a text: of a command’s output the part that says how it went. */
export function capEnd(text: string): CappedText {
  const lines = text.split('\n');
  let kept = lines.slice(-MAX_LINES).join('\n');
  if (kept.length > MAX_CHARACTERS) {
    const cut = kept.indexOf('\n', kept.length - MAX_CHARACTERS);
    kept = kept.slice(cut >= 0 && cut < kept.length - 1 ? cut + 1 : kept.length - MAX_CHARACTERS);
  }
  return { text: kept, isCut: kept.length < text.length };
}

/**
 * Keeps the whole of a result that was cut in a file of the workspace, the newest 50 of them.
 * Returns the path, or undefined when the workspace could not take it.
 */
export async function keepWhole(
  context: CallContext,
  write: (path: string) => Promise<unknown>,
): Promise<string | undefined> {
  const path = `${OUTPUTS_PATH}/${context.toolCallId}.txt`;
  try {
    await write(path);
    await removeOldest(context);
    return path;
  } catch (error) {
    if (PodexError.isInstance(error)) return undefined;
    throw error;
  }
}

async function removeOldest({ workspace, signal }: CallContext): Promise<void> {
  const { children = [] } = await workspace.list(OUTPUTS_PATH, { signal });
  // Tool call ids sort by time.
  const kept = children
    .filter((child) => child.type === 'file')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  for (const child of kept.slice(0, -MAX_KEPT_OUTPUTS)) await workspace.remove(child.path, { signal });
}
