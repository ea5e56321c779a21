import type { ToolCallItem } from '@podex/contracts/transcript';

/** How a call's input is best shown. */
export type ToolInputView =
  | { type: 'command'; command: string; cwd: string | null }
  | { type: 'diff'; path: string; before: string | null; after: string }
  | { type: 'json'; json: string }
  | { type: 'none' };

type Input = Readonly<Record<string, unknown>>;

const TOOL_NAMES: Record<string, string> = {
  read_file: 'Read',
  write_file: 'Write',
  edit_file: 'Edit',
  list_files: 'List',
  glob: 'Find',
  grep: 'Search',
  run_command: 'Run',
};

/** A short name for the page; an unknown tool keeps its own. */
export function toolName(tool: string): string {
  return TOOL_NAMES[tool] ?? tool.replaceAll('_', ' ');
}

/** The model writes the input: anything of an unexpected form is shown as JSON. */
export function presentInput({ tool, input }: Pick<ToolCallItem, 'tool' | 'input'>): ToolInputView {
  if (input === null) return { type: 'none' };
  if (tool === 'run_command') {
    const command = textOf(input, 'command');
    if (command !== undefined) return { type: 'command', command, cwd: textOf(input, 'cwd') ?? null };
  }
  const path = textOf(input, 'path');
  if (tool === 'edit_file' && path !== undefined) {
    const before = textOf(input, 'old_text');
    const after = textOf(input, 'new_text');
    if (before !== undefined && after !== undefined) return { type: 'diff', path, before, after };
  }
  if (tool === 'write_file' && path !== undefined) {
    const content = textOf(input, 'content');
    if (content !== undefined) return { type: 'diff', path, before: null, after: content };
  }
  if (Object.keys(input).length === 0) return { type: 'none' };
  return { type: 'json', json: JSON.stringify(input, null, 2) };
}

function textOf(input: Input, key: string): string | undefined {
  const value = input[key];
  return typeof value === 'string' ? value : undefined;
}
