import type { RuleMatch } from '@podex/contracts/rules';

const USES: Record<string, string> = {
  read_file: 'Reading',
  write_file: 'Writing',
  edit_file: 'Editing',
  list_files: 'Listing',
  grep: 'Searching',
};

/** What a rule is about, for people. */
export function ruleText({ tool, path, command }: RuleMatch): string {
  if (command !== null) return `Commands that start with “${command.join(' ')}”`;
  if (path !== null)
    return tool === 'run_command' ? `Commands that write ${path}` : `${verbOf(tool)} ${path}`;
  if (tool === 'run_command') return 'Every command';
  return USES[tool] === undefined ? `Every use of ${tool}` : `${USES[tool]} any file`;
}

function verbOf(tool: string): string {
  return USES[tool] ?? `Use of ${tool} on`;
}
