import type { Conversation } from '@podex/contracts/conversations';
import { conversationId } from '@podex/contracts/ids';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { getConversation, getTranscript, listConversations } from '../conversations/conversation-requests.ts';
import { painterOf } from '../conversations/painter.ts';
import { transcriptText } from '../conversations/transcript-text.ts';
import { chooseWorkspace } from './agent-place.ts';
import { tableText } from './user-text.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

export function addConversationsCommand(program: Command): void {
  const conversations = program
    .command('conversations')
    .description('conversations with agents: list and read them; podex agent continues one');
  addConnectionOptions(conversations.command('list'))
    .description('those of a workspace, newest first')
    .option('--workspace <workspace>', 'its name or id; as for podex agent when left out')
    .option('--json', 'for programs')
    .action(list);
  addConnectionOptions(conversations.command('show <conversation>'))
    .description('what was said and done in it')
    .option('--reasoning', 'what the model thought as well')
    .option('--json', 'for programs: the conversation and its turns')
    .action(show);
}

async function list({ workspace: name, ...options }: Printed & { workspace?: string }): Promise<void> {
  const found = await withApi(options, async ({ ask }) => {
    const { id } = await chooseWorkspace(ask, { name, folder: process.cwd() });
    return listConversations(ask, id);
  });
  if (options.json) console.log(JSON.stringify(found, null, 2));
  else if (found.length === 0) console.log('no conversations');
  else console.log(tableText([HEAD, ...found.map(rowOf)]));
}

const HEAD = ['ID', 'MODE', 'STATUS', 'LAST CHANGED', 'TITLE'];

function rowOf({ id, mode, active_turn: active, updated_at: updated, title }: Conversation): string[] {
  const status = active === null ? 'idle' : active.status;
  return [id, mode, active?.waiting ? `${status} (${active.waiting.reason})` : status, updated, title];
}

async function show(id: string, options: Printed & { reasoning?: boolean }): Promise<void> {
  if (!conversationId.safeParse(id).success) {
    throw new CliError(`${id} is no id of a conversation`, {
      cure: 'podex conversations list',
      exitCode: EXIT.usage,
    });
  }
  const [conversation, { turns }] = await withApi(options, ({ ask }) =>
    Promise.all([getConversation(ask, id), getTranscript(ask, id)]),
  );
  if (options.json) {
    console.log(JSON.stringify({ conversation, turns }, null, 2));
    return;
  }
  const paint = painterOf(process.stdout);
  console.log(transcriptText(turns, { paint, showsReasoning: options.reasoning === true, now: new Date() }));
}
