import { z } from 'zod';
import { currentText, diffPreview } from './file-preview.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const input = z.object({
  path: pathInput,
  content: z.string().describe('The whole new content.'),
});

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a whole text file: makes it, with its folders, or replaces all that was in it. To change a part of a file, use edit_file.',
  input,
  summary: ({ path, content }) => `Write ${path} (${Buffer.byteLength(content)} bytes)`,
  effect: ({ path }) => ({ kind: 'mutates', paths: [path] }),
  preview: async ({ path, content }, context) => {
    const before = await currentText(workspacePath(path), context);
    return diffPreview(
      path,
      before === undefined ? '(a file that is too long to show, or not text)\n' : before,
      content,
    );
  },
  execute: async ({ path, content }, { workspace, toolCallId, signal }) => {
    const entry = await workspace.writeText(workspacePath(path), content, {
      signal,
      idempotencyKey: toolCallId,
    });
    return { isOk: true, output: `Wrote ${entry.path} (${entry.size} bytes).` };
  },
});
