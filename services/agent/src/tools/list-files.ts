import type { FileEntry } from '@podex/contracts/files';
import { z } from 'zod';
import { readableSize } from './readable-size.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_ENTRIES = 1000;

const input = z.object({ path: pathInput.default('.') });

export const listFiles = defineTool({
  name: 'list_files',
  description: `Lists a directory: folders first, then files with their sizes. At most ${MAX_ENTRIES} entries; not recursive.`,
  input,
  summary: ({ path }) => `List ${path}`,
  effect: ({ path }) => ({ kind: 'reads', paths: [path] }),
  execute: async ({ path }, { workspace, signal }) => {
    const { entry, children, truncated } = await workspace.list(workspacePath(path), { signal });
    if (children === undefined)
      return { isOk: true, output: `${entry.path} is a ${entry.type}: ${line(entry)}` };
    if (children.length === 0) return { isOk: true, output: `${entry.path} is empty.` };
    const shown = children.slice(0, MAX_ENTRIES).map(line);
    const more = children.length - shown.length;
    const isMore = more > 0 || truncated === true;
    const note = isMore
      ? [`[${more > 0 ? `${more} more` : 'more'} entries are not shown. Use run_command with ls or find.]`]
      : [];
    return { isOk: true, output: [`${entry.path}:`, ...shown, ...note].join('\n') };
  },
});

function line({ name, type, size }: FileEntry): string {
  switch (type) {
    case 'directory':
      return `${name}/`;
    case 'symlink':
      return `${name}@`;
    default:
      return `${name}  ${readableSize(size)}`;
  }
}
