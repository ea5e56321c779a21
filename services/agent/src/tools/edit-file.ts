import { PodexError } from '@podex/contracts/errors';
import type { EditPreview } from '@podex/contracts/files';
import { z } from 'zod';
import { diffPreview } from './file-preview.ts';
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

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces a passage of a text file. old_text must be found exactly once (give more lines around it when it is not unique), or set replace_all. Read the file first.',
  input,
  summary: ({ path, replace_all }) => `Edit ${path}${replace_all ? ' (every occurrence)' : ''}`,
  effect: ({ path }) => ({ kind: 'mutates', paths: [path] }),
  preview: async ({ path, ...edit }, { workspace, signal }) => {
    try {
      return shownEdit(path, await workspace.previewEdit({ ...edit, path: workspacePath(path) }, { signal }));
    } catch (error) {
      // The daemon has run since an older version, which has no previews: the passage alone.
      if (PodexError.has(error, 'not_found')) return diffPreview(path, edit.old_text, edit.new_text);
      throw error;
    }
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

function shownEdit(path: string, { before, after, first_line: line, is_whole: isWhole }: EditPreview) {
  const note = isWhole ? '' : `… from line ${line} on; the rest of the file stays as it is\n`;
  return diffPreview(path, note + before, note + after);
}
