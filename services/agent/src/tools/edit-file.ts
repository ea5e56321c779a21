import { PodexError } from '@podex/contracts/errors';
import { z } from 'zod';
import { currentText, diffPreview } from './file-preview.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const input = z.object({
  path: pathInput,
  old_text: z
    .string()
    .min(1)
    .describe('The passage to replace, exactly as it stands in the file, without line numbers.'),
  new_text: z.string().describe('What stands there afterwards.'),
  replace_all: z
    .boolean()
    .default(false)
    .describe('Replace every occurrence; otherwise there must be exactly one.'),
});
type EditInput = z.output<typeof input>;

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces a passage of a text file. old_text must be found exactly once (give more lines around it when it is not unique), or set replace_all. Read the file first.',
  input,
  summary: ({ path, replace_all }) => `Edit ${path}${replace_all ? ' (every occurrence)' : ''}`,
  needsApproval: () => true,
  preview: async (edit, context) => {
    const before = await currentText(workspacePath(edit.path), context);
    if (before === null) {
      throw new PodexError('file_not_found', `There is no file ${edit.path}.`, { path: edit.path });
    }
    // Of a file that is too long to show, the passage alone.
    if (before === undefined) return diffPreview(edit.path, edit.old_text, edit.new_text);
    return diffPreview(edit.path, before, edited(edit, before));
  },
  execute: async ({ path, ...edit }, { workspace, toolCallId, signal }) => {
    const result = await workspace.edit(
      { ...edit, path: workspacePath(path) },
      { signal, idempotencyKey: toolCallId },
    );
    const times = result.replacements === 1 ? 'once' : `${result.replacements} times`;
    return { isOk: true, output: `Edited ${result.entry.path}: replaced ${times}.` };
  },
});

function edited(
  { path, old_text: oldText, new_text: newText, replace_all: all }: EditInput,
  before: string,
): string {
  const pieces = before.split(oldText);
  const count = pieces.length - 1;
  if (count === 0) throw new PodexError('text_not_found', `The passage is not in ${path}.`, { path });
  if (count > 1 && !all) {
    throw new PodexError('text_not_unique', `The passage is ${count} times in ${path}.`, { path, count });
  }
  return pieces.join(newText);
}
