import { z } from 'zod';
import { rowsResult } from './search-result.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_FILES = 1000;

const input = z.object({
  pattern: z.string().min(1).max(500).describe('A glob, like *.ts, src/**/*.css or **/test-*.{js,ts}.'),
  path: pathInput.optional().describe('Folder to search; /home/dev when left out.'),
});

export const glob = defineTool({
  name: 'glob',
  description: `Finds files by their names and gives their paths, those changed last first. Files that git ignores are left out. At most ${MAX_FILES} files.`,
  input,
  summary: ({ pattern, path }) => `Find ${pattern}${path === undefined ? '' : ` in ${path}`}`,
  effect: ({ path = '.' }) => ({ kind: 'reads', paths: [path] }),
  execute: async ({ pattern, path }, context) => {
    const { matches, ...searched } = await context.workspace.search(
      {
        q: '.',
        regex: true,
        mode: 'name',
        sort: 'modified',
        glob: pattern,
        limit: MAX_FILES,
        ...(path === undefined ? {} : { path: workspacePath(path) }),
      },
      { signal: context.signal },
    );
    const rows = matches.map((match) => match.path);
    const moreNote = `More than ${rows.length} files; narrow the pattern to see the others.`;
    return rowsResult({ rows, moreNote, none: 'No files.' }, searched, context);
  },
});
