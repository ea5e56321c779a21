import { text } from 'node:stream/consumers';
import type { Conversation } from '@podex/contracts/conversations';
import { conversationId } from '@podex/contracts/ids';
import { type Command, Option } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { type ApiConnection, withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import {
  beginConversation,
  changeConversation,
  getConversation,
  listConversations,
  MODES,
  sendMessage,
} from '../conversations/conversation-requests.ts';
import { type FollowedTurn, startOf } from '../conversations/follow-turn.ts';
import { waitForStatus } from '../workspaces/wait-for-status.ts';
import { type FollowOptions, followOnTerminal } from './agent-follow.ts';
import { chooseWorkspace, makeWorkspace } from './agent-place.ts';

interface AgentOptions extends ConnectionOptions, FollowOptions {
  workspace?: string;
  new?: string;
  conversation?: string;
  continue?: boolean;
  mode?: (typeof MODES)[number];
  model?: string;
  detach?: boolean;
}

const HELP = `
Examples:
  podex agent "make the tests pass"                          in your only workspace, or that of this folder’s repository
  podex agent --workspace shop --mode auto "update the dependencies"
  podex agent --new shop "write a shop"                      in a new workspace
  podex agent --continue "and now the docs"                  in the newest conversation
  podex agent --conversation cnv_…                           follows what runs there, and asks what it waits for
  git diff | podex agent -                                   the text from another program
  podex agent --json --no-wait "…" | jq .                    for scripts: one event a line, ends where a person is needed

Ctrl-C cancels the turn, again it leaves at once. While the turn waits for a time or its workspace, Ctrl-C leaves it running.

Exit codes: 0 the turn completed · 1 it failed · 2 wrong usage · 3 Podex can’t be reached · 4 not signed in ·
5 it waits for an approval · 6 it waits to try again or for its workspace · 130 it was cancelled`;

export function addAgentCommand(program: Command): void {
  addConnectionOptions(program.command('agent [text]'))
    .description(
      'give an agent a task in a workspace, follow what it does, and approve it; - reads the text from the input',
    )
    .option('--workspace <workspace>', 'where, by its name or id')
    .option('--new <name>', 'in a new workspace with this name')
    .option('--conversation <id>', 'in this conversation; without a text, follow what runs in it')
    .option('--continue', 'in the newest conversation of the workspace')
    .addOption(new Option('--mode <mode>', 'what it may do without asking').choices(MODES))
    .option('--model <model>', 'the model, such as anthropic/claude-sonnet-5; podex settings has the default')
    .option('--reasoning', 'show what the model thinks as well')
    .option('--detach', 'start it and print its ids, without following it')
    .option(
      '--no-wait',
      'end where it would wait: for an approval that nobody is asked for here, a time or its workspace',
    )
    .option('--json', 'for programs: each event on a line')
    .addHelpText('after', HELP)
    .action(agent);
}

async function agent(given: string | undefined, options: AgentOptions): Promise<void> {
  refuseTwoPlaces(options);
  const task = given === '-' ? await text(process.stdin) : given;
  const isFollowing = task === undefined && (options.conversation !== undefined || options.continue === true);
  if (!isFollowing && (task ?? '').trim() === '') {
    throw usage('Say what the agent is to do', 'podex agent "make the tests pass"');
  }
  process.exitCode = await withApi(options, async (connection) => {
    const conversation = await openConversation(connection.ask, options);
    const followed =
      task === undefined
        ? await runningTurn(connection.ask, conversation)
        : await begin(connection.ask, conversation, task);
    if (options.detach) return printIds(conversation, followed, options);
    return follow(connection, conversation, followed, options);
  });
}

function refuseTwoPlaces(options: AgentOptions): void {
  const { workspace, conversation } = options;
  const places = [workspace, options.new, conversation].filter((place) => place !== undefined);
  if (places.length > 1) throw usage('Give one of --workspace, --new and --conversation');
  if (options.continue && (options.new !== undefined || conversation !== undefined)) {
    throw usage('--continue finds the conversation itself: give a --workspace with it, or nothing');
  }
  if (conversation !== undefined && !conversationId.safeParse(conversation).success) {
    throw usage(`${conversation} is no id of a conversation`, 'podex conversations list');
  }
}

function usage(message: string, cure = 'podex agent --help'): CliError {
  return new CliError(message, { cure, exitCode: EXIT.usage });
}

async function openConversation(ask: AskApi, options: AgentOptions): Promise<Conversation> {
  const { mode, model, conversation: id } = options;
  if (id === undefined && options.continue !== true) {
    return beginConversation(ask, await openWorkspace(ask, options), { mode, model });
  }
  const found = id === undefined ? await newestConversation(ask, options) : await getConversation(ask, id);
  return mode === undefined && model === undefined
    ? found
    : changeConversation(ask, found.id, { mode, model });
}

async function openWorkspace(ask: AskApi, options: AgentOptions): Promise<string> {
  if (options.new === undefined) {
    return (await chooseWorkspace(ask, { name: options.workspace, folder: process.cwd() })).id;
  }
  const made = await makeWorkspace(ask, options.new);
  if (!options.detach) await waitForStatus(ask, made, 'running');
  return made.id;
}

async function newestConversation(ask: AskApi, { workspace: name }: AgentOptions): Promise<Conversation> {
  const workspace = await chooseWorkspace(ask, { name, folder: process.cwd() });
  const [newest] = await listConversations(ask, workspace.id);
  if (newest !== undefined) return newest;
  throw usage(`There is no conversation in ${workspace.name} yet`, 'leave --continue out');
}

async function begin(ask: AskApi, conversation: Conversation, task: string): Promise<FollowedTurn> {
  const from = await startOf(ask, conversation);
  const sent = await sendMessage(ask, conversation.id, task);
  return { conversationId: conversation.id, turnId: sent.turn_id, messageId: sent.message_id, from };
}

async function runningTurn(ask: AskApi, conversation: Conversation): Promise<FollowedTurn> {
  const { id: conversationId, active_turn: active } = conversation;
  if (active === null) {
    throw usage('Nothing runs in this conversation', `podex agent --conversation ${conversationId} "…"`);
  }
  return { conversationId, turnId: active.id, from: await startOf(ask, conversation) };
}

function printIds(
  { workspace_id, id }: Conversation,
  { turnId }: FollowedTurn,
  { json }: AgentOptions,
): number {
  const ids = { workspace_id, conversation_id: id, turn_id: turnId };
  console.log(
    json
      ? JSON.stringify(ids)
      : Object.entries(ids)
          .map((pair) => pair.join('  '))
          .join('\n'),
  );
  return 0;
}

function follow(
  connection: ApiConnection,
  conversation: Conversation,
  followed: FollowedTurn,
  options: AgentOptions,
): Promise<number> {
  if (process.stderr.isTTY && !options.json) {
    process.stderr.write(`${conversation.id}, ${conversation.mode} mode\n`);
  }
  return followOnTerminal(connection, followed, options);
}
