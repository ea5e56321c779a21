import { SEARCH_TEXT_CHARACTERS_MAX, type SearchResult } from '@podex/contracts/files';
import { countOf } from '@podex/contracts/text';
import { z } from 'zod';
import { capStart, keepWhole } from './capped-text.ts';
import { defineTool } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_MATCHES = 500;

const input = z.object({
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe('A regular expression as ripgrep takes it; with a line end in it, it may match several lines.'),
  path: pathInput.optional().describe('Folder or file to search; /home/dev when left out.'),
  glob: z.string().max(500).optional().describe('Only files whose path fits, like *.ts or src/**/*.css.'),
  literal: z.boolean().default(false).describe('Take the pattern as plain text.'),
  ignore_case: z.boolean().default(false),
});

export const grep = defineTool({
  name: 'grep',
  description: `Searches the contents of files and gives path:line: text, and path:line:column: with the text around the match for long lines. Files that git ignores are left out. At most ${MAX_MATCHES} matches.`,
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
    const { matches, truncated, ...places } = await workspace.search(query, { signal });
    const skipped = skippedNotes(places);
    if (matches.length === 0) {
      const none = truncated ? 'No matches so far; the search was ended early.' : 'No matches.';
      return { isOk: true, output: [none, ...skipped].join('\n') };
    }
    const whole = matches.map(row).join('\n');
    const { text, isCut } = capStart(whole);
    const notes = truncated
      ? [`[More than ${matches.length} matches; narrow the search to see the others.]`]
      : [];
    if (isCut) {
      const kept = await keepWhole(context, (target) =>
        workspace.writeText(target, whole, {
          signal,
          idempotencyKey: `${context.toolCallId}-whole`,
          replaces: 'any',
        }),
      );
      notes.push(
        kept === undefined ? '[The result was cut.]' : `[The result was cut; the whole of it is in ${kept}.]`,
      );
    }
    return { isOk: true, output: [text, ...notes, ...skipped].join('\n') };
  },
});

/** Of a long line only what surrounds the match is shown, behind its column. */
function row({
  path,
  line,
  column,
  text = '',
  text_column: from = 1,
}: SearchResult['matches'][number]): string {
  const place = `${path}:${line ?? 1}`;
  if (from === 1 && text.length < SEARCH_TEXT_CHARACTERS_MAX) return `${place}: ${text}`;
  return `${place}:${column ?? 1}: ${from === 1 ? '' : '…'}${text}…`;
}

const SHOWN_SKIPPED = 10;

function skippedNotes({
  skipped,
  skipped_count: count,
}: Pick<SearchResult, 'skipped' | 'skipped_count'>): string[] {
  if (count === 0) return [];
  const shown = skipped.slice(0, SHOWN_SKIPPED).map(({ path, reason }) => `${path}: ${reason}`);
  return [
    `[${countOf(count, 'place was', 'places were')} not searched:`,
    `${shown.join('\n')}${count > shown.length ? '\n…' : ''}]`,
  ];
}
