import { joinTokenId } from '@podex/contracts/ids';
import {
  createdJoinToken,
  createJoinTokenInput,
  type JoinToken,
  joinToken,
} from '@podex/contracts/join-tokens';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { addWord, parseServer, serverBody } from './server-flags.ts';

const PATH = '/api/admin/servers/join_tokens';
const PAGE = 200;

interface Printed extends ConnectionOptions {
  json?: boolean;
}

interface InviteOptions extends Printed {
  address: string;
  dockerPort?: string;
  label?: string[];
  region?: string;
}

export function addServersInviteCommands(servers: Command): void {
  const add = (usage: string, description: string) =>
    addConnectionOptions(servers.command(usage)).description(description);
  const json = ['--json', 'for programs'] as const;
  add('invite <name>', 'a command to run on a new server, which then joins by itself')
    .requiredOption('--address <address>', 'IP address or host name under which Podex reaches it')
    .option('--docker-port <port>', 'port of its Docker engine; 2376 when left out')
    .option('--label <key=value>', 'a label; may be repeated', addWord)
    .option('--region <region>', 'where it stands')
    .option(...json)
    .action(invite);
  add('invitations', 'join tokens that are still good')
    .option(...json)
    .action(list);
  add('uninvite <id>', 'revoke a join token at once').action(revoke);
}

async function invite(name: string, options: InviteOptions): Promise<void> {
  const { address, dockerPort, label, region } = options;
  requireAddress(address);
  const described = serverBody({
    hostname: address,
    ...(dockerPort === undefined ? {} : { dockerPort }),
    ...(label === undefined ? {} : { label }),
    ...(region === undefined ? {} : { region }),
  });
  const body = parseServer(createJoinTokenInput, { name, ...described }, 'podex servers invite --help');
  const made = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body, schema: createdJoinToken }),
  );
  if (options.json) {
    print(made);
    return;
  }
  console.log(made.command);
  const until = made.expires_at.slice(11, 16);
  const what = made.server_id === null ? '' : '; it is registered already, and gets a new certificate';
  console.log(`Run it as root on ${made.name} (${made.hostname}), once, before ${until} UTC${what}`);
}

async function list(options: Printed): Promise<void> {
  const items = await withApi(options, async ({ ask }) => {
    const page = await ask({
      method: 'GET',
      path: withQuery(PATH, { limit: PAGE }),
      schema: pageOf(joinToken),
    });
    return page.items;
  });
  if (options.json) print(items);
  else if (items.length === 0) console.log('no open invitations');
  else for (const one of items) console.log(lineOf(one));
}

async function revoke(id: string, options: ConnectionOptions): Promise<void> {
  const parsed = joinTokenId.safeParse(id);
  if (!parsed.success) {
    throw new CliError(`${id} is no id of a join token`, {
      cure: 'podex servers invitations',
      exitCode: EXIT.usage,
    });
  }
  await withApi(options, ({ ask }) =>
    ask({ method: 'DELETE', path: `${PATH}/${parsed.data}`, schema: z.unknown() }),
  );
  console.log(`${id} is revoked`);
}

function requireAddress(text: string): void {
  const { success, error } = createJoinTokenInput.shape.hostname.safeParse(text);
  if (success) return;
  throw new CliError(`--address: ${error.issues[0]?.message}`, {
    cure: 'podex servers invite --help',
    exitCode: EXIT.usage,
  });
}

function lineOf({ id, name, hostname, docker_port: port, expires_at: expiresAt }: JoinToken): string {
  return `${id}  ${name}  ${hostname}:${port}  until ${expiresAt}`;
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2));
}
