import { type RememberChoice, RULE_WORDS_MAX, type RuleMatch } from '@podex/contracts/rules';
import type { Effect } from './effect.ts';
import { absolutePath } from './file-pattern.ts';
import { parseCommand } from './shell-command.ts';

const MAX_RULES = 5;

/** What a person can have remembered when they approve a call, from the narrowest on. */
export function rememberChoices(tool: string, { paths = [], command }: Effect): RememberChoice[] {
  const everything: RememberChoice = { kind: 'tool', rules: [{ tool, path: null, command: null }] };
  const narrow = command === undefined ? forFiles(tool, paths) : forCommand(tool, command);
  const isOffered =
    narrow.rules.length > 0 && narrow.rules.length <= MAX_RULES && narrow.rules.every(isShort);
  return isOffered ? [narrow, everything] : [everything];
}

function forFiles(tool: string, paths: readonly string[]): RememberChoice {
  // The letters of a name would be read as a pattern.
  if (paths.some((path) => /[*?]/.test(path))) return { kind: 'path', rules: [] };
  return { kind: 'path', rules: paths.map((path) => ({ tool, path: absolutePath(path), command: null })) };
}

function forCommand(tool: string, { line, cwd }: NonNullable<Effect['command']>): RememberChoice {
  const { commands, writes, unclear } = parseCommand(line);
  if (unclear !== undefined) return { kind: 'command', rules: [] };
  const prefixes = commands.map((words) => prefixOf(words.filter((word) => word !== null)));
  const unique = [...new Map(prefixes.map((words) => [words.join('\0'), words])).values()];
  const folder = cwd === undefined ? undefined : absolutePath(cwd);
  const files = writes.flatMap((path) => (path === null ? [] : [absolutePath(path, folder)]));
  const forWritten = forFiles(tool, files).rules;
  if (forWritten.length < files.length) return { kind: 'command', rules: [] };
  return {
    kind: 'command',
    rules: [...unique.map((words) => ({ tool, path: null, command: words })), ...forWritten],
  };
}

/** Programs whose first plain word says what they do. */
const WITH_SUBCOMMANDS = new Set(
  `npm pnpm yarn bun git cargo go docker kubectl pip pip3 poetry uv make gradle gradlew mvn dotnet bundle composer terraform gh apt
  apt-get nx turbo just task`.split(/\s+/),
);
/** Their next word says what runs: a script of the project, or any program at all. */
const RUNS_NEXT = /^(run|run-script|exec|x|dlx)$/;
const SCRIPTS = /^(run|run-script)$/;
const SCRIPT_RUNNERS = new Set(['npm', 'pnpm', 'yarn', 'bun']);

function prefixOf(words: readonly string[]): string[] {
  const [name = '', action = '', next = ''] = words;
  if (!WITH_SUBCOMMANDS.has(name) || !/^[a-z][a-z\d:_-]*$/.test(action)) return [...words];
  if (!RUNS_NEXT.test(action)) return [name, action];
  return SCRIPTS.test(action) && SCRIPT_RUNNERS.has(name) && next !== '' ? [name, action, next] : [...words];
}

function isShort({ path, command }: RuleMatch): boolean {
  if (command !== null)
    return command.length <= RULE_WORDS_MAX && command.every((word) => /^.{1,500}$/.test(word));
  return path === null || path.length <= 1000;
}
