import { capacity, createServerInput, server, updateServerInput } from '@podex/contracts/servers';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { allServers, findServer, SERVERS_PATH } from './find-server.ts';
import { addServerFlags, parseServer, type ServerFlags, serverBody } from './server-flags.ts';
import { capacityText, serversText, serverText } from './server-text.ts';
import { checkServer } from './servers-check.ts';
import { addDrainCommands } from './servers-drain.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

/** The servers that workspaces run on, named by name or id. For admins. */
export function addServersCommand(program: Command): Command {
  const servers = program.command('servers').description('the servers that workspaces run on (for admins)');
  const add = (usage: string, description: string) =>
    addConnectionOptions(servers.command(usage)).description(description).option('--json', 'for programs');
  addServerFlags(add('add <name>', 'register a server whose certificates are in place, and check it'))
    .option('--no-check', 'do not wait for its check')
    .action(register);
  add('list', 'all servers').action(list);
  add('show <server>', 'one server with its checks').action(show);
  add('check <server>', 'check it now; ends with 1 when it is not fit for workspaces')
    .option('--accept-engine', 'the engine that responds at its address now is the right one')
    .action(check);
  add('activate <server>', 'give it workspaces again, once it has passed its check').action(activate);
  addServerFlags(add('update <server>', 'change its registration; --label replaces all labels'))
    .option('--name <name>', 'another name')
    .action(update);
  addDrainCommands(servers);
  add('capacity', 'what the servers have, and what is taken').action(showCapacity);
  return servers;
}

async function register(name: string, options: Printed & ServerFlags & { check: boolean }): Promise<void> {
  const body = parseServer(createServerInput, { name, ...serverBody(options) }, 'podex servers add --help');
  await withApi(options, async ({ ask }) => {
    const made = await ask({ method: 'POST', path: SERVERS_PATH, body, schema: server });
    if (!options.check) {
      print(made, options, `${made.name} is registered`);
      return;
    }
    if (!options.json) console.log(`${made.name} is registered; it is being checked`);
    await checkServer(ask, made, options);
  });
}

async function list(options: Printed): Promise<void> {
  const items = await withApi(options, ({ ask }) => allServers(ask));
  print(items, options, serversText(items));
}

async function show(name: string, options: Printed): Promise<void> {
  const one = await withApi(options, ({ ask }) => findServer(ask, name));
  print(one, options, serverText(one));
}

async function check(name: string, options: Printed & { acceptEngine?: boolean }): Promise<void> {
  await withApi(options, async ({ ask }) => checkServer(ask, await findServer(ask, name), options));
}

async function activate(name: string, options: Printed): Promise<void> {
  const one = await withApi(options, async ({ ask }) => {
    const { id } = await findServer(ask, name);
    return ask({ method: 'POST', path: `${SERVERS_PATH}/${id}/activate`, schema: server });
  });
  print(one, options, `${one.name} gets workspaces again once it has passed its check`);
}

async function update(nameOrId: string, options: Printed & ServerFlags & { name?: string }): Promise<void> {
  const { name } = options;
  const changes = { ...serverBody(options), ...(name === undefined ? {} : { name }) };
  if (Object.keys(changes).length === 0) {
    throw new CliError('There is nothing to change', {
      cure: 'podex servers update --help lists what can be',
      exitCode: EXIT.usage,
    });
  }
  const body = parseServer(updateServerInput, changes, 'podex servers update --help');
  const changed = await withApi(options, async ({ ask }) => {
    const { id } = await findServer(ask, nameOrId);
    return ask({ method: 'PATCH', path: `${SERVERS_PATH}/${id}`, body, schema: server });
  });
  print(changed, options, serversText([changed]));
}

async function showCapacity(options: Printed): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const sums = await ask({ method: 'GET', path: `${SERVERS_PATH}/capacity`, schema: capacity });
    const servers = await allServers(ask);
    print({ ...sums, items: servers }, options, capacityText(sums, servers));
  });
}

function print(value: object, { json }: Printed, text: string): void {
  console.log(json ? JSON.stringify(value, null, 2) : text);
}
