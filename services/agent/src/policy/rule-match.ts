import type { PolicyRule } from '@podex/contracts/rules';
import { absolutePath, matchesFile } from './file-pattern.ts';
import type { CommandWord } from './literal-word.ts';
import { programName } from './wrappers.ts';

/** One thing that a call does, and that a rule can be about. */
export type Deed =
  | { kind: 'command'; words: readonly CommandWord[] }
  /** A file of a file tool, or the target of a redirection; null when it isn’t known. */
  | { kind: 'file'; tools: readonly string[]; path: string | null };

export function isAboutEverything({ path, command }: PolicyRule): boolean {
  return path === null && command === null;
}

/** Whether an allow rule is about exactly this: every word of it, as it is written. */
export function coversDeed(rule: PolicyRule, deed: Deed): boolean {
  if (deed.kind === 'file') return isAboutFile(rule, deed);
  const { command } = rule;
  return (
    rule.tool === 'run_command' && command !== null && command.every((word, at) => word === deed.words[at])
  );
}

/** How sure it is that an ask or deny rule is about it: a word that isn’t known yet may become any. */
export function touchesDeed(rule: PolicyRule, deed: Deed): 'yes' | 'maybe' | 'no' {
  if (deed.kind === 'file') {
    if (isAboutFile(rule, deed)) return 'yes';
    return deed.path === null && isAboutFilesOf(rule, deed) ? 'maybe' : 'no';
  }
  return rule.tool === 'run_command' && rule.command !== null
    ? touchesCommand(rule.command, deed.words)
    : 'no';
}

type FileDeed = Deed & { kind: 'file' };

function isAboutFile(rule: PolicyRule, deed: FileDeed): boolean {
  if (!isAboutFilesOf(rule, deed)) return false;
  if (rule.path === null) return true;
  return deed.path !== null && matchesFile(rule.path, absolutePath(deed.path));
}

function isAboutFilesOf({ tool, command }: PolicyRule, { tools }: FileDeed): boolean {
  return command === null && tools.includes(tool);
}

/** Options with a value that stand before the command proper: `git -C folder push` pushes. */
const LEADING_VALUES: Readonly<Record<string, readonly string[]>> = {
  git: ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--config-env'],
  npm: ['--prefix', '-w', '--workspace'],
  pnpm: ['-C', '--dir', '--filter', '-F'],
  yarn: ['--cwd'],
  docker: ['-H', '--host', '--context', '-c', '--config', '-l', '--log-level'],
  kubectl: ['-n', '--namespace', '--context', '--cluster', '--kubeconfig'],
};

function touchesCommand(wanted: readonly string[], words: readonly CommandWord[]): 'yes' | 'maybe' | 'no' {
  const name = words[0];
  if (name === null || name === undefined || isPattern(name)) return 'maybe';
  const [wantedName = '', ...wantedRest] = wanted;
  if (programName(name) !== programName(wantedName)) return 'no';
  let rest = words.slice(1);
  let isSure = true;
  for (const word of wantedRest) {
    rest = withoutOptionsBefore(word, rest, LEADING_VALUES[programName(name)] ?? []);
    const [found] = rest;
    if (found === undefined) return 'no';
    if (found === null || isPattern(found)) isSure = false;
    else if (found !== word) return 'no';
    rest = rest.slice(1);
  }
  return isSure ? 'yes' : 'maybe';
}

/** It may become the name of a file that there is. `[` is a command. */
function isPattern(word: string): boolean {
  return word !== '[' && /[*?[]/.test(word);
}

/** Options that the rule doesn’t name are passed over. */
function withoutOptionsBefore(
  wanted: string,
  words: readonly CommandWord[],
  valued: readonly string[],
): CommandWord[] {
  let at = 0;
  while (words[at]?.startsWith('-') && words[at] !== wanted) at += valued.includes(words[at] ?? '') ? 2 : 1;
  return words.slice(at);
}
