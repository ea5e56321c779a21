import { createShareInput, type Share, share, shareRole } from '@podex/contracts/access';
import { workspaceId } from '@podex/contracts/ids';
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

const ROLES = shareRole.options.join(', ');
const HELP = 'podex shares --help';

export function addSharesCommand(program: Command): void {
  const shares = program
    .command('shares')
    .description('with whom a workspace of the first administrator, or of a team of theirs, is shared');
  const JSON_OPTION = ['--json', 'for programs'] as const;
  shares
    .command('list <workspace>')
    .description('people and what they may do')
    .option(...JSON_OPTION)
    .action(list);
  shares
    .command('add <workspace> <email>')
    .description('share it with a person who has an account')
    .option('--role <role>', ROLES, 'viewer')
    .option(...JSON_OPTION)
    .action(add);
  shares
    .command('role <workspace> <email> <role>')
    .description(`change what a person may do: ${ROLES}`)
    .option(...JSON_OPTION)
    .action(changeRole);
  shares
    .command('remove <workspace> <email>')
    .description('stop sharing it with a person; what they have open closes')
    .action(remove);
}

async function list(id: string, { json }: Options): Promise<void> {
  const path = pathOf(id);
  const shares = await asAdmin(loadCliConfig(), (ask) => listShares(ask, path));
  if (json) return printJson(shares);
  if (shares.length === 0) console.log('not shared with anyone');
  printTable(shares.map(shareRow));
}

async function add(id: string, email: string, { role, json }: Options): Promise<void> {
  const path = pathOf(id);
  const body = parseArgument(
    createShareInput,
    { email, role },
    { subject: `${email} as ${role}`, help: HELP },
  );
  const made = await asAdmin(loadCliConfig(), (ask) => ask({ method: 'POST', path, body, schema: share }));
  if (json) return printJson(made);
  printTable([shareRow(made)]);
}

async function changeRole(id: string, email: string, role: string, { json }: Options): Promise<void> {
  const path = pathOf(id);
  const body = { role: parseArgument(shareRole, role, { subject: role, help: HELP }) };
  const changed = await asAdmin(loadCliConfig(), async (ask) =>
    ask({ method: 'PATCH', path: await pathOfPerson(ask, path, email), body, schema: share }),
  );
  if (json) return printJson(changed);
  printTable([shareRow(changed)]);
}

async function remove(id: string, email: string): Promise<void> {
  const path = pathOf(id);
  await asAdmin(loadCliConfig(), async (ask) =>
    ask({ method: 'DELETE', path: await pathOfPerson(ask, path, email), schema: z.unknown() }),
  );
  console.log(`It is no longer shared with ${email}.`);
}

function pathOf(id: string): string {
  const help = 'the id of a workspace stands in the address of its page';
  return `/api/workspaces/${parseArgument(workspaceId, id, { subject: id, help })}/shares`;
}

async function listShares(ask: AskApi, path: string): Promise<Share[]> {
  return (await ask({ method: 'GET', path, schema: pageOf(share) })).items;
}

/** @throws CliError when it is not shared with anyone of this address. */
async function pathOfPerson(ask: AskApi, path: string, email: string): Promise<string> {
  const wanted = parseArgument(emailText, email, { subject: email, help: HELP });
  const found = (await listShares(ask, path)).find((one) => one.email === wanted);
  if (found !== undefined) return `${path}/${found.user_id}`;
  throw new CliError(`It is not shared with ${wanted}`, { cure: 'podex shares list <workspace>' });
}

function shareRow({ email, role, name }: Share): string[] {
  return [email, role, name];
}
