import { conversationId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { createRuleInput, type Rule, rule } from '@podex/contracts/rules';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findWorkspace } from './find-workspace.ts';

interface Place extends ConnectionOptions {
  workspace?: string;
  conversation?: string;
}

const WORKSPACE_OPTION = ['--workspace <workspace>', 'of one workspace, by its name or id'] as const;
const CONVERSATION_OPTION = ['--conversation <id>', 'of one conversation'] as const;
const JSON_OPTION = ['--json', 'for programs'] as const;

export function addRulesCommand(program: Command): void {
  const rules = program
    .command('rules')
    .description(
      'what agents may do without asking, must ask for, or may not do, in every workspace that you own or in one',
    );
  addConnectionOptions(rules.command('list'))
    .description('the rules, newest first')
    .option(...WORKSPACE_OPTION)
    .option(...CONVERSATION_OPTION)
    .option(...JSON_OPTION)
    .action(list);
  addConnectionOptions(rules.command('add <effect> <tool>'))
    .description('add a rule: allow, ask or deny, and a tool such as run_command, write_file or edit_file')
    .option('--command <words>', 'only commands that start with these words, such as "npm test"')
    .option('--path <pattern>', 'only these files, such as "src/**"')
    .option(...WORKSPACE_OPTION)
    .option(...CONVERSATION_OPTION)
    .option(...JSON_OPTION)
    .action(add);
  addConnectionOptions(rules.command('remove <rule>'))
    .description('remove a rule, by its id')
    .option(...WORKSPACE_OPTION)
    .option(...CONVERSATION_OPTION)
    .action(remove);
}

async function list({ json, ...options }: Place & { json?: boolean }): Promise<void> {
  const { items } = await withApi(options, async ({ ask }) =>
    ask({ method: 'GET', path: await pathOf(ask, options), schema: pageOf(rule) }),
  );
  if (json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('no rules');
  else for (const one of items) console.log(lineOf(one));
}

interface AddOptions extends Place {
  command?: string;
  path?: string;
  json?: boolean;
}

async function add(effect: string, tool: string, { command, path, json, ...options }: AddOptions) {
  const input = createRuleInput.safeParse({
    effect,
    tool,
    ...(command === undefined ? {} : { command: command.trim().split(/\s+/) }),
    ...(path === undefined ? {} : { path }),
  });
  if (!input.success) {
    throw new CliError('That is no rule: it allows, asks or denies, and has a command or a path', {
      cure: 'podex rules add allow run_command --command "npm test"',
      exitCode: EXIT.usage,
    });
  }
  const made = await withApi(options, async ({ ask }) =>
    ask({ method: 'POST', path: await pathOf(ask, options), body: input.data, schema: rule }),
  );
  console.log(json ? JSON.stringify(made, null, 2) : lineOf(made));
}

async function remove(id: string, options: Place): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const path = `${await pathOf(ask, options)}/${encodeURIComponent(id)}`;
    return ask({ method: 'DELETE', path, schema: z.unknown() });
  });
  console.log(`${id} is removed`);
}

async function pathOf(ask: AskApi, { workspace, conversation }: Place): Promise<string> {
  if (workspace !== undefined && conversation !== undefined) {
    throw new CliError('Give a workspace or a conversation, not both', { exitCode: EXIT.usage });
  }
  if (workspace !== undefined) return `/api/workspaces/${(await findWorkspace(ask, workspace)).id}/rules`;
  if (conversation === undefined) return '/api/me/rules';
  if (conversationId.safeParse(conversation).success) return `/api/conversations/${conversation}/rules`;
  throw new CliError(`${conversation} is no id of a conversation`, { exitCode: EXIT.usage });
}

function lineOf({ id, effect, tool, path, command }: Rule): string {
  const about = command === null ? (path ?? 'everything') : command.join(' ');
  return `${id}  ${effect.padEnd(5)}  ${tool}  ${about}`;
}
