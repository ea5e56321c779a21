import {
  addTeamMemberInput,
  createTeamInput,
  type Team,
  type TeamMember,
  team,
  teamMember,
  teamRole,
} from '@podex/contracts/access';
import { teamId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { emailText } from '@podex/contracts/text';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { type AskApi, asAdmin } from '../platform/admin-api.ts';
import { parseArgument } from './parse-argument.ts';
import { printJson, printTable } from './table.ts';

interface Options {
  role?: string;
  json?: boolean;
}

const PAGE_SIZE = 200;
const ROLES = teamRole.options.join(', ');
const HELP = 'podex teams --help';

export function addTeamsCommand(program: Command): void {
  const teams = program
    .command('teams')
    .description('people who have workspaces in common; every team of this Podex');
  const JSON_OPTION = ['--json', 'for programs'] as const;
  teams
    .command('list')
    .description('all teams')
    .option(...JSON_OPTION)
    .action(list);
  teams
    .command('create <name>')
    .description('make a team, whose owner the first administrator is')
    .option(...JSON_OPTION)
    .action(create);
  teams
    .command('show <team>')
    .description('a team and its members')
    .option(...JSON_OPTION)
    .action(show);
  teams
    .command('add <team> <email>')
    .description('add a person who has an account')
    .option('--role <role>', ROLES, 'member')
    .option(...JSON_OPTION)
    .action(add);
  teams
    .command('role <team> <email> <role>')
    .description(`give a member another role: ${ROLES}`)
    .option(...JSON_OPTION)
    .action(changeRole);
  teams
    .command('remove <team> <email>')
    .description('remove a member; what they have open of its workspaces closes')
    .action(remove);
  teams.command('leave <team>').description('take the first administrator out of a team').action(leave);
  teams.command('delete <team>').description('delete a team that has no workspaces left').action(deleteTeam);
}

async function list({ json }: Options): Promise<void> {
  const teams = await asAdmin(loadCliConfig(), (ask) => listAll(ask, '/api/admin/teams', team));
  if (json) return printJson(teams);
  if (teams.length === 0) console.log('no teams');
  printTable(
    teams.map((one) => [one.id, one.name, `${one.members} members`, `${one.workspaces} workspaces`]),
  );
}

async function create(name: string, { json }: Options): Promise<void> {
  const body = parseArgument(createTeamInput, { name }, { subject: name, help: HELP });
  const made = await asAdmin(loadCliConfig(), (ask) =>
    ask({ method: 'POST', path: '/api/teams', body, schema: team }),
  );
  if (json) return printJson(made);
  console.log(`${made.id}  ${made.name}`);
}

async function show(id: string, { json }: Options): Promise<void> {
  const path = pathOf(id);
  const [one, members] = await asAdmin(
    loadCliConfig(),
    async (ask): Promise<[Team, TeamMember[]]> => [
      await ask({ method: 'GET', path, schema: team }),
      await listMembers(ask, path),
    ],
  );
  if (json) return printJson({ ...one, members });
  console.log(`${one.name} (${one.id}), ${one.workspaces} workspaces`);
  printTable(members.map(memberRow));
}

async function add(id: string, email: string, { role, json }: Options): Promise<void> {
  const path = `${pathOf(id)}/members`;
  const body = parseArgument(
    addTeamMemberInput,
    { email, role },
    { subject: `${email} as ${role}`, help: HELP },
  );
  const added = await asAdmin(loadCliConfig(), (ask) =>
    ask({ method: 'POST', path, body, schema: teamMember }),
  );
  if (json) return printJson(added);
  printTable([memberRow(added)]);
}

async function changeRole(id: string, email: string, role: string, { json }: Options): Promise<void> {
  const path = pathOf(id);
  const body = { role: parseArgument(teamRole, role, { subject: role, help: HELP }) };
  const changed = await asAdmin(loadCliConfig(), async (ask) =>
    ask({ method: 'PATCH', path: await pathOfMember(ask, path, email), body, schema: teamMember }),
  );
  if (json) return printJson(changed);
  printTable([memberRow(changed)]);
}

async function remove(id: string, email: string): Promise<void> {
  const path = pathOf(id);
  await asAdmin(loadCliConfig(), async (ask) =>
    ask({ method: 'DELETE', path: await pathOfMember(ask, path, email), schema: z.unknown() }),
  );
  console.log(`${email} is no longer in the team.`);
}

async function leave(id: string): Promise<void> {
  const path = `${pathOf(id)}/leave`;
  await asAdmin(loadCliConfig(), (ask) => ask({ method: 'POST', path, schema: z.unknown() }));
  console.log('The first administrator is no longer in the team.');
}

async function deleteTeam(id: string): Promise<void> {
  const path = pathOf(id);
  await asAdmin(loadCliConfig(), (ask) => ask({ method: 'DELETE', path, schema: z.unknown() }));
  console.log('The team is deleted.');
}

function pathOf(id: string): string {
  const help = 'podex teams list';
  return `/api/teams/${parseArgument(teamId, id, { subject: id, help })}`;
}

function listMembers(ask: AskApi, path: string): Promise<TeamMember[]> {
  return listAll(ask, `${path}/members`, teamMember);
}

/** @throws CliError when nobody in the team has this address. */
async function pathOfMember(ask: AskApi, path: string, email: string): Promise<string> {
  const wanted = parseArgument(emailText, email, { subject: email, help: HELP });
  const member = (await listMembers(ask, path)).find((one) => one.email === wanted);
  if (member !== undefined) return `${path}/members/${member.user_id}`;
  throw new CliError(`${wanted} is not in this team`, { cure: 'podex teams show <team>' });
}

async function listAll<Item>(ask: AskApi, path: string, item: z.ZodType<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const query = `limit=${PAGE_SIZE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    const page = await ask({ method: 'GET', path: `${path}?${query}`, schema: pageOf(item) });
    all.push(...page.items);
    after = page.next;
  }
  return all;
}

function memberRow({ email, role, name }: TeamMember): string[] {
  return [email, role, name];
}
