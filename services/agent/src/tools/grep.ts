import { assertNever } from '@podex/contracts/errors';
import { SEARCH_TEXT_CHARACTERS_MAX, type SearchMatch } from '@podex/contracts/files';
import { z } from 'zod';
import { rowsResult } from './search-result.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_MATCHES = 500;
/** In which files are found or matches counted. */
const MAX_COUNTED = 5000;
const MAX_CONTEXT = 10;

const input = z.object({
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe('A regular expression as ripgrep takes it; with a line end in it, it may match several lines.'),
  path: pathInput.optional().describe('Folder or file to search; /home/dev when left out.'),
  glob: z.string().max(500).optional().describe('Only files whose path fits, like *.ts or src/**/*.css.'),
  output: z
    .enum(['content', 'files', 'count'])
    .default('content')
    .describe(
      'content: the lines that match; files: paths of files with a match; count: how many matches each has.',
    ),
  context: z
    .number()
    .int()
    .min(0)
    .max(MAX_CONTEXT)
    .default(0)
    .describe('Lines to show before and after each match, of output content.'),
  literal: z.boolean().default(false).describe('Take the pattern as plain text.'),
  ignore_case: z.boolean().default(false),
});

export const grep = defineTool({
  name: 'grep',
  description: `Searches the contents of files and gives path:line: text, and path:line:column: with the text around the match for long lines; lines of context have path-line- in front. Files that git ignores are left out. At most ${MAX_MATCHES} matches, ${MAX_COUNTED} of output files and count.`,
  input,
  summary: ({ pattern, path }) => `Search for ${pattern}${path === undefined ? '' : ` in ${path}`}`,
  effect: ({ path = '.' }) => ({ kind: 'reads', paths: [path] }),
  execute: async (call, context) => {
    const { pattern, path, glob, output, literal, ignore_case: ignoreCase, context: lines } = call;
    const query = {
      q: pattern,
      mode: 'content' as const,
      regex: !literal,
      case_sensitive: !ignoreCase,
      limit: output === 'content' ? MAX_MATCHES : MAX_COUNTED,
      ...(output === 'content' && lines > 0 ? { context: lines } : {}),
      ...(path === undefined ? {} : { path: workspacePath(path) }),
      ...(glob === undefined ? {} : { glob }),
    };
    const { matches, ...searched } = await context.workspace.search(query, { signal: context.signal });
    const moreNote = `More than ${matches.length} matches; narrow the search to see the others.`;
    const rows = rowsOf(matches, output);
    return rowsResult({ rows, moreNote, none: 'No matches.' }, searched, context);
  },
});

function rowsOf(matches: readonly SearchMatch[], output: z.output<typeof input>['output']): string[] {
  switch (output) {
    case 'content':
      return matches.flatMap(rowsOfMatch);
    case 'files':
      return [...new Set(matches.map(({ path }) => path))];
    case 'count': {
      const byFile = Map.groupBy(matches, ({ path }) => path);
      return [...byFile].map(([path, found]) => `${path}: ${found.length}`);
    }
    default:
      return assertNever(output);
  }
}

function rowsOfMatch(match: SearchMatch): string[] {
  const { path, line = 1, text = '', before = [], after = [] } = match;
  const behind = line + text.split('\n').length;
  const ahead = before.map((shown, index) => `${path}-${line - before.length + index}- ${shown}`);
  const rest = after.map((shown, index) => `${path}-${behind + index}- ${shown}`);
  const isAlone = before.length + after.length === 0;
  return isAlone ? [row(match)] : [...ahead, row(match), ...rest, '--'];
}

/** Of a long line only what surrounds the match is shown, behind its column. */
function row({ path, line, column, text = '', text_column: from = 1 }: SearchMatch): string {
  const place = `${path}:${line ?? 1}`;
  if (from === 1 && text.length < SEARCH_TEXT_CHARACTERS_MAX) return `${place}: ${text}`;
  return `${place}:${column ?? 1}: ${from === 1 ? '' : '…'}${text}…`;
}
