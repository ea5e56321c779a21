import { type Team, type TeamMember, team, teamMember, teamRole } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import { countOf } from '@podex/contracts/text';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { addWord, readLabels } from './server-flags.ts';

const PATH = '/api/teams';
const PAGE = 200;
const NOTHING = z.unknown();

interface Printed extends ConnectionOptions {
  json?: boolean;
}

/** Teams are named by their name or id, members by their email address or id. */
export function addTeamsCommand(program: Command): void {
  const teams = program.command('teams').description('teams that share workspaces');
  const add = (usage: string, description: string) =>
    addConnectionOptions(teams.command(usage)).description(description);
  const json = ['--json', 'for programs'] as const;
  add('list', 'the teams that you are in')
    .option(...json)
    .action(list);
  add('create <name>', 'make a team, whose owner you are')
    .option(...json)
    .action(create);
  add('set <team>', 'rename it, or say which labels the servers of its new workspaces must have')
    .option('--name <name>', 'another name')
    .option('--label <key=value>', 'may be repeated; replaces all labels, "" removes them', addWord)
    .option(...json)
    .action(set);
  add('members <team>', 'who is in a team')
    .option(...json)
    .action(listMembers);
  add('add <team> <email>', 'add a person who has an account')
    .option('--role <role>', teamRole.options.join(', '), 'member')
    .action(addMember);
  add('role <team> <member> <role>', `make a member ${teamRole.options.join(', ')}`).action(changeRole);
  add('remove <team> <member>', 'remove a member; what they have open closes').action(remove);
  add('leave <team>', 'leave a team').action(leave);
  add('delete <team>', 'delete a team that has no workspaces').action(deleteTeam);
}

async function list(options: Printed): Promise<void> {
  const items = await withApi(options, ({ ask }) => allTeams(ask));
  if (options.json) print(items);
  else if (items.length === 0) console.log('no teams');
  else for (const one of items) console.log(lineOf(one));
}

async function create(name: string, options: Printed): Promise<void> {
  const made = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body: { name }, schema: team }),
  );
  if (options.json) print(made);
  else console.log(lineOf(made));
}

async function set(name: string, options: Printed & { name?: string; label?: string[] }): Promise<void> {
  const body = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.label === undefined ? {} : { labels: readLabels(options.label) }),
  };
  if (Object.keys(body).length === 0) {
    throw new CliError('There is nothing to change', {
      cure: 'podex teams set --help',
      exitCode: EXIT.usage,
    });
  }
  const changed = await withApi(options, async ({ ask }) =>
    ask({ method: 'PATCH', path: await pathOf(ask, name), body, schema: team }),
  );
  if (options.json) print(changed);
  else console.log(lineOf(changed));
}

async function listMembers(name: string, options: Printed): Promise<void> {
  const items = await withApi(options, async ({ ask }) => allMembers(ask, await findTeam(ask, name)));
  if (options.json) print(items);
  else for (const { email, role } of items) console.log(`${email}  ${role}`);
}

async function addMember(name: string, email: string, options: ConnectionOptions & { role: string }) {
  const role = readRole(options.role);
  await withApi(options, async ({ ask }) => {
    const path = `${await pathOf(ask, name)}/members`;
    await ask({ method: 'POST', path, body: { email, role }, schema: teamMember });
  });
  console.log(`${email} is ${role} of ${name}`);
}

async function changeRole(name: string, who: string, text: string, options: ConnectionOptions) {
  const role = readRole(text);
  await withApi(options, async ({ ask }) => {
    const path = await memberPath(ask, name, who);
    await ask({ method: 'PATCH', path, body: { role }, schema: teamMember });
  });
  console.log(`${who} is ${role} of ${name}`);
}

async function remove(name: string, who: string, options: ConnectionOptions): Promise<void> {
  await withApi(options, async ({ ask }) =>
    ask({ method: 'DELETE', path: await memberPath(ask, name, who), schema: NOTHING }),
  );
  console.log(`${who} is not in ${name} any more`);
}

async function leave(name: string, options: ConnectionOptions): Promise<void> {
  await withApi(options, async ({ ask }) =>
    ask({ method: 'POST', path: `${await pathOf(ask, name)}/leave`, schema: NOTHING }),
  );
  console.log(`You have left ${name}`);
}

async function deleteTeam(name: string, options: ConnectionOptions): Promise<void> {
  await withApi(options, async ({ ask }) =>
    ask({ method: 'DELETE', path: await pathOf(ask, name), schema: NOTHING }),
  );
  console.log(`${name} is deleted`);
}

async function allTeams(ask: AskApi): Promise<Team[]> {
  return (await ask({ method: 'GET', path: withQuery(PATH, { limit: PAGE }), schema: pageOf(team) })).items;
}

async function allMembers(ask: AskApi, { id }: Team): Promise<TeamMember[]> {
  const path = withQuery(`${PATH}/${id}/members`, { limit: PAGE });
  return (await ask({ method: 'GET', path, schema: pageOf(teamMember) })).items;
}

async function findTeam(ask: AskApi, name: string): Promise<Team> {
  const found = (await allTeams(ask)).filter((one) => one.id === name || one.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const message = found.length === 0 ? `You are in no team ${name}` : `Several teams are called ${name}`;
  throw new CliError(message, { cure: 'podex teams list --json', exitCode: EXIT.usage });
}

async function pathOf(ask: AskApi, name: string): Promise<string> {
  return `${PATH}/${(await findTeam(ask, name)).id}`;
}

async function memberPath(ask: AskApi, name: string, who: string): Promise<string> {
  const found = await findTeam(ask, name);
  const member = (await allMembers(ask, found)).find((one) => one.user_id === who || one.email === who);
  if (member !== undefined) return `${PATH}/${found.id}/members/${member.user_id}`;
  const cure = `podex teams members ${JSON.stringify(name)}`;
  throw new CliError(`${who} is not in ${name}`, { cure, exitCode: EXIT.usage });
}

function readRole(text: string) {
  const role = teamRole.safeParse(text);
  if (role.success) return role.data;
  throw new CliError(`${text} is no role`, {
    cure: `use ${teamRole.options.join(', ')}`,
    exitCode: EXIT.usage,
  });
}

function lineOf({ id, name, role, members, workspaces, labels }: Team): string {
  const words = [id, name, role ?? '-', countOf(members, 'member'), countOf(workspaces, 'workspace')];
  return [...words, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join('  ');
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2));
}
