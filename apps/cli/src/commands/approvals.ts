import type { Approval } from '@podex/contracts/conversations';
import { approvalId } from '@podex/contracts/ids';
import { rememberKind, ruleScope } from '@podex/contracts/rules';
import { type Command, Option } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { approvalText, rememberOptions } from '../conversations/approval-text.ts';
import {
  type Decision,
  listPendingApprovals,
  resolveApproval,
} from '../conversations/conversation-requests.ts';
import { painterOf } from '../conversations/painter.ts';
import { shownLine } from '../conversations/shown-text.ts';
import { tableText } from './user-text.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

type Remember = Required<Decision>['remember'];
interface DecideOptions extends Printed {
  choose: string[];
  answer?: string;
  mode?: NonNullable<Decision['answer']>['mode'];
  remember?: Remember['kind'];
  scope: Remember['scope'];
}

export function addApprovalsCommand(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('what agents wait for you to approve: see, approve and deny it');
  const add = (usage: string, description: string) =>
    addConnectionOptions(approvals.command(usage)).description(description).option('--json', 'for programs');
  add('list', 'what waits, newest first').action(list);
  add('show <approval>', 'exactly what would be done, and what can be remembered').action(show);
  addDecision(add('approve <approval>', 'let the agent do it'), 'approve');
  addDecision(add('deny <approval>', 'the agent does not do it, and is told so'), 'deny');
}

function addDecision(command: Command, decision: Decision['decision']): void {
  const kinds = rememberKind.options;
  command
    .addOption(new Option('--remember <what>', 'decide the same from now on, as a rule').choices(kinds))
    .addOption(
      new Option('--scope <scope>', 'where the rule holds')
        .choices(ruleScope.options)
        .default('conversation'),
    )
    .option('--answer <text>', 'to a question, or what to change in a plan')
    .addOption(new Option('--choose <option...>', 'options of a question, in their words').default([]))
    .addOption(
      new Option('--mode <mode>', 'how to go on with a plan that is approved').choices(['ask', 'auto']),
    )
    .action((id: string, options: DecideOptions) => decide(id, decision, options));
}

async function list(options: Printed): Promise<void> {
  const pending = await withApi(options, ({ ask }) => listPendingApprovals(ask));
  if (options.json) console.log(JSON.stringify(pending, null, 2));
  else if (pending.length === 0) console.log('nothing waits for an approval');
  else console.log(tableText([HEAD, ...pending.map(rowOf)]));
}

const HEAD = ['ID', 'CONVERSATION', 'WHAT', 'UNTIL'];

function rowOf({ id, conversation_id: conversation, summary, expires_at: expires }: Approval): string[] {
  return [id, conversation, shownLine(summary), expires];
}

async function show(id: string, options: Printed): Promise<void> {
  const found = await withApi(options, ({ ask }) => findPending(ask, id));
  if (options.json) {
    console.log(JSON.stringify(found, null, 2));
    return;
  }
  console.log(approvalText(found, painterOf(process.stdout)));
  for (const { remember, text } of rememberOptions(found)) {
    console.log(`--remember ${remember.kind} --scope ${remember.scope}: ${text}`);
  }
}

async function findPending(ask: AskApi, id: string): Promise<Approval> {
  const found = (await listPendingApprovals(ask)).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new CliError(`No approval ${id} waits`, { cure: 'podex approvals list', exitCode: EXIT.usage });
}

async function decide(
  id: string,
  decision: Decision['decision'],
  { remember: kind, scope, choose, answer: text, mode, ...options }: DecideOptions,
): Promise<void> {
  if (!approvalId.safeParse(id).success) {
    throw new CliError(`${id} is no id of an approval`, {
      cure: 'podex approvals list',
      exitCode: EXIT.usage,
    });
  }
  const hasAnswer = text !== undefined || choose.length > 0 || mode !== undefined;
  const body: Decision = {
    decision,
    ...(kind === undefined ? {} : { remember: { kind, scope } }),
    ...(hasAnswer
      ? { answer: { choices: choose, text: text ?? null, ...(mode === undefined ? {} : { mode }) } }
      : {}),
  };
  const resolved = await withApi(options, ({ ask }) => resolveApproval(ask, id, body));
  console.log(options.json ? JSON.stringify(resolved, null, 2) : `${id} is ${resolved.status}`);
}
