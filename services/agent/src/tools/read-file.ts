import { z } from 'zod';
import type { FileText } from '../workspace/workspace-client.ts';
import { binaryType } from './binary-type.ts';
import { MAX_CHARACTERS, MAX_LINES } from './capped-text.ts';
import { versionsOf } from './file-versions.ts';
import { readableSize } from './readable-size.ts';
import { defineTool, type ToolResult } from './tool.ts';
import { pathInput, workspacePath } from './workspace-path.ts';

const MAX_READ_BYTES = 10 * 1024 * 1024;
const MAX_LINE_CHARACTERS = 2000;

const input = z.object({
  path: pathInput,
  offset: z.number().int().min(1).optional().describe('First line, from 1.'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MAX_LINES)
    .optional()
    .describe(`How many lines; ${MAX_LINES} when left out.`),
});

export const readFile = defineTool({
  name: 'read_file',
  description: `Reads a text file of the workspace, with line numbers. At most ${MAX_LINES} lines or 50 KB at once; give offset and limit for the rest. Line numbers and the tab after them are not part of the file.`,
  input,
  summary: ({ path, offset, limit }) =>
    offset === undefined && limit === undefined
      ? `Read ${path}`
      : `Read ${path} from line ${offset ?? 1}${limit === undefined ? '' : `, ${limit} lines`}`,
  effect: ({ path }) => ({ kind: 'reads', paths: [path] }),
  execute: async ({ path, offset = 1, limit = MAX_LINES }, { workspace, signal }) => {
    const file = await workspace.readText(workspacePath(path), { signal, maxBytes: MAX_READ_BYTES });
    if (file.text === undefined) return failed(binaryText(path, file));
    const files = versionsOf(path, { etag: file.etag });
    if (file.text === '') return { isOk: true, output: `${path} is empty.`, files };
    return { ...numbered(path, file.text, { offset, limit, isWhole: file.isWhole }), files };
  },
});

function binaryText(path: string, { bytes, size = bytes.length }: FileText): string {
  return `${path} is not a text file: ${binaryType(bytes)}, ${readableSize(size)}. Use run_command (file, xxd, strings, …) to look at it.`;
}

function failed(output: string): ToolResult {
  return { isOk: false, output };
}

interface Window {
  offset: number;
  limit: number;
  isWhole: boolean;
}

function numbered(path: string, text: string, { offset, limit, isWhole }: Window): ToolResult {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (offset > lines.length) {
    const known = isWhole
      ? `${path} has ${lines.length} lines.`
      : `Only the first 10 MB of ${path} can be read here.`;
    return failed(`${known} Nothing is at line ${offset}.`);
  }
  const shown: string[] = [];
  let room = MAX_CHARACTERS;
  for (const [index, line] of lines.slice(offset - 1, offset - 1 + limit).entries()) {
    const row = `${String(offset + index).padStart(6)}\t${shortened(line)}`;
    room -= row.length + 1;
    if (room < 0) break;
    shown.push(row);
  }
  const next = offset + shown.length;
  const isEnd = next > lines.length;
  const rest = isWhole ? `of ${lines.length}` : 'of the first 10 MB';
  const note =
    isEnd && isWhole
      ? ''
      : `\n[Lines ${offset} to ${next - 1} ${rest}.${isEnd ? '' : ` Go on with offset ${next}.`}]`;
  return { isOk: true, output: shown.join('\n') + note };
}

function shortened(line: string): string {
  if (line.length <= MAX_LINE_CHARACTERS) return line;
  return `${line.slice(0, MAX_LINE_CHARACTERS)}… [${line.length - MAX_LINE_CHARACTERS} more characters in this line]`;
}
