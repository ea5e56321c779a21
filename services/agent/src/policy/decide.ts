import type { AgentMode } from '@podex/contracts/conversations';
import type { PolicyRule, RuleScope } from '@podex/contracts/rules';
import type { Effect } from './effect.ts';
import { absolutePath } from './file-pattern.ts';
import { coversDeed, type Deed, isAboutEverything, touchesDeed } from './rule-match.ts';
import { type ParsedCommand, parseCommand } from './shell-command.ts';

export interface ProposedCall {
  tool: string;
  effect: Effect;
  /** Who makes it: the agent, one that it delegates to, or the agent with a tool of an MCP server. */
  origin: 'main' | 'delegate' | 'mcp';
}

export interface Circumstances {
  mode: AgentMode;
  rules: readonly PolicyRule[];
}

export type Decision =
  | { verdict: 'allow' }
  /** The reason is a clause in plain words. */
  | { verdict: 'ask' | 'deny'; reason: string };

/**
 * Whether a call may run at once, only after a person approves it, or not at all. Deny wins over ask, and ask over allow; without a
 * rule the mode decides. Pure: the same input always gives the same decision.
 */
export function decide(call: ProposedCall, { mode, rules }: Circumstances): Decision {
  const deeds = deedsOf(call);
  const of = (effect: PolicyRule['effect']) => rules.filter((rule) => rule.effect === effect);
  const denied = of('deny').find((rule) => isAbout(rule, call, deeds) === 'yes');
  if (denied !== undefined) return { verdict: 'deny', reason: ruleText(denied) };
  if (call.effect.kind === 'asks') return decideOnAsking(call, mode);
  const isMutating = call.effect.kind === 'mutates' || call.origin === 'mcp';
  // The workspace runs commands of this mode where they can change nothing.
  const isReadOnlyCommand = mode === 'plan' && call.origin !== 'mcp' && call.effect.command !== undefined;
  if (mode === 'plan' && isMutating && !isReadOnlyCommand) {
    return {
      verdict: 'deny',
      reason: 'In plan mode nothing is changed: say what you would do, and offer it with propose_plan',
    };
  }
  const uncertain = of('deny').find((rule) => isAbout(rule, call, deeds) === 'maybe');
  if (uncertain !== undefined) {
    return { verdict: 'ask', reason: `It can’t be told whether this rule applies: ${ruleText(uncertain)}` };
  }
  const asked = of('ask').find((rule) => isAbout(rule, call, deeds) !== 'no');
  if (asked !== undefined) return { verdict: 'ask', reason: ruleText(asked) };
  if (mode !== 'ask' || !isMutating) return { verdict: 'allow' };
  if (isAllowed(of('allow'), call, deeds)) return { verdict: 'allow' };
  return { verdict: 'ask', reason: 'In ask mode every change is approved first' };
}

/** To ask is what such a call does. */
function decideOnAsking({ tool }: ProposedCall, mode: AgentMode): Decision {
  if (tool === 'propose_plan' && mode !== 'plan') {
    return { verdict: 'deny', reason: 'Plans are proposed in plan mode alone: carry out what was asked for' };
  }
  return { verdict: 'ask', reason: 'A person answers it' };
}

interface Deeds {
  all: readonly Deed[];
  command: ParsedCommand | undefined;
}

function deedsOf({ tool, effect }: ProposedCall): Deeds {
  const files = (effect.paths ?? []).map((path): Deed => ({ kind: 'file', tools: [tool], path }));
  if (effect.command === undefined) return { all: files, command: undefined };
  const { line, cwd } = effect.command;
  const command = parseCommand(line);
  const commands = command.commands.map((words): Deed => ({ kind: 'command', words }));
  // The target of a redirection is a file that is written, whichever tool does it.
  const written = command.writes.map(
    (path): Deed => ({
      kind: 'file',
      tools: [tool, 'write_file'],
      path: path === null ? null : absolutePath(path, cwd === undefined ? undefined : absolutePath(cwd)),
    }),
  );
  return { all: [...commands, ...written, ...files], command };
}

/** Of an ask or deny rule. */
function isAbout(rule: PolicyRule, call: ProposedCall, { all, command }: Deeds): 'yes' | 'maybe' | 'no' {
  if (rule.tool === call.tool && isAboutEverything(rule)) return 'yes';
  const touched = all.map((deed) => touchesDeed(rule, deed));
  if (touched.includes('yes')) return 'yes';
  const mayBeHidden = command?.unclear?.isHidden === true && rule.tool === call.tool && rule.command !== null;
  return touched.includes('maybe') || mayBeHidden ? 'maybe' : 'no';
}

/** Every part of it by some rule; what isn’t clear only by a rule about everything. */
function isAllowed(rules: readonly PolicyRule[], { tool }: ProposedCall, { all, command }: Deeds): boolean {
  if (rules.some((rule) => rule.tool === tool && isAboutEverything(rule))) return true;
  if (all.length === 0 || command?.unclear !== undefined) return false;
  return all.every((deed) => rules.some((rule) => coversDeed(rule, deed)));
}

const PLACE = {
  conversation: 'this conversation',
  workspace: 'this workspace',
  user: 'the owner’s settings',
} satisfies Record<RuleScope, string>;

function ruleText({ effect, scope, tool, path, command }: PolicyRule): string {
  const about = command === null ? (path ?? 'every call') : `commands that start with “${command.join(' ')}”`;
  const verb = effect === 'deny' ? 'denies' : 'asks before';
  return `A rule of ${PLACE[scope]} ${verb} ${tool}: ${about}`;
}
