import type { SearchResult } from '@podex/contracts/files';
import { z } from 'zod';
import { capStart, keepWhole } from './capped-text.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_MATCHES = 500;

const input = z.object({
  pattern: z.string().min(1).max(1000).describe('A regular expression as ripgrep takes it.'),
  path: pathInput.optional().describe('Folder or file to search; /home/dev when left out.'),
  glob: z.string().max(500).optional().describe('Only files whose path fits, like *.ts or src/**/*.css.'),
  literal: z.boolean().default(false).describe('Take the pattern as plain text.'),
  ignore_case: z.boolean().default(false),
});

export const grep = defineTool({
  name: 'grep',
  description: `Searches the contents of files and gives path:line: text. Files that git ignores are left out. At most ${MAX_MATCHES} matches.`,
  input,
  summary: ({ pattern, path }) => `Search for ${pattern}${path === undefined ? '' : ` in ${path}`}`,
  needsApproval: () => false,
  execute: async ({ pattern, path, glob, literal, ignore_case: ignoreCase }, context) => {
    const { workspace, signal } = context;
    const query = {
      q: pattern,
      mode: 'content' as const,
      regex: !literal,
      case_sensitive: !ignoreCase,
      limit: MAX_MATCHES,
      ...(path === undefined ? {} : { path: workspacePath(path) }),
      ...(glob === undefined ? {} : { glob }),
    };
    const { matches, truncated } = await workspace.search(query, { signal });
    if (matches.length === 0) return { isOk: true, output: 'No matches.' };
    const whole = matches.map(row).join('\n');
    const { text, isCut } = capStart(whole);
    const notes = truncated
      ? [`[More than ${matches.length} matches; narrow the search to see the others.]`]
      : [];
    if (isCut) {
      const kept = await keepWhole(context, (target) =>
        workspace.writeText(target, whole, { signal, idempotencyKey: `${context.toolCallId}-whole` }),
      );
      notes.push(
        kept === undefined ? '[The result was cut.]' : `[The result was cut; the whole of it is in ${kept}.]`,
      );
    }
    return { isOk: true, output: [text, ...notes].join('\n') };
  },
});

function row({ path, line, text }: SearchResult['matches'][number]): string {
  return `${path}:${line ?? 1}: ${text ?? ''}`;
}
