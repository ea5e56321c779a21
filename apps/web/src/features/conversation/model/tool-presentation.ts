import type { ToolCallItem } from '@podex/contracts/transcript';

/** How a call's input is best shown. */
export type ToolInputView =
  | { type: 'command'; command: string; cwd: string | null }
  | { type: 'diff'; path: string; before: string | null; after: string }
  | { type: 'markdown'; text: string }
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
  ask_user: 'Question',
  propose_plan: 'Plan',
  todo: 'List',
};

/** What is written for people, by tool. */
const PROSE: Record<string, string> = { ask_user: 'question', propose_plan: 'plan' };

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
  const diff = diffOf(tool, input);
  if (diff !== undefined) return diff;
  const prose = PROSE[tool] === undefined ? undefined : textOf(input, PROSE[tool]);
  if (prose !== undefined) return { type: 'markdown', text: prose };
  if (Object.keys(input).length === 0) return { type: 'none' };
  return { type: 'json', json: JSON.stringify(input, null, 2) };
}

function diffOf(tool: string, input: Input): ToolInputView | undefined {
  const path = textOf(input, 'path');
  if (tool === 'edit_file' && path !== undefined) {
    const edits = editsIn(input);
    const before = edits.map((edit) => edit.before).join(BETWEEN_EDITS);
    const after = edits.map((edit) => edit.after).join(BETWEEN_EDITS);
    if (edits.length > 0) return { type: 'diff', path, before, after };
  }
  if (tool === 'write_file' && path !== undefined) {
    const content = textOf(input, 'content');
    if (content !== undefined) return { type: 'diff', path, before: null, after: content };
  }
  return undefined;
}

const BETWEEN_EDITS = '\n…\n';

/** Of one call, in order; none when one of them is of an unexpected form. */
function editsIn(input: Input): { before: string; after: string }[] {
  const given = Array.isArray(input.edits) && input.edits.length > 0 ? input.edits : [input];
  const edits = given.map((edit: unknown) => {
    if (typeof edit !== 'object' || edit === null) return undefined;
    const passage = { ...edit };
    const before = textOf(passage, 'old_text');
    const after = textOf(passage, 'new_text');
    return before === undefined || after === undefined ? undefined : { before, after };
  });
  return edits.includes(undefined) ? [] : edits.filter((edit) => edit !== undefined);
}

function textOf(input: Input, key: string): string | undefined {
  const value = input[key];
  return typeof value === 'string' ? value : undefined;
}
