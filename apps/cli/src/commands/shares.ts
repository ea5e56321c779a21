import { createShareInput, type Share, share, shareRole } from '@podex/contracts/access';
import { workspaceId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

const ROLES = shareRole.options.join(', ');
const HELP = 'podex shares --help';

/** Workspaces are named by their id, people by their email address. */
export function addSharesCommand(program: Command): void {
  const shares = program.command('shares').description('with whom a workspace is shared');
  const add = (usage: string, description: string) =>
    addConnectionOptions(shares.command(usage)).description(description);
  const json = ['--json', 'for programs'] as const;
  add('list <workspace>', 'people and what they may do')
    .option(...json)
    .action(list);
  add('add <workspace> <email>', 'share it with a person who has an account')
    .option('--role <role>', ROLES, 'viewer')
    .option(...json)
    .action(addShare);
  add('role <workspace> <email> <role>', `change what a person may do: ${ROLES}`)
    .option(...json)
    .action(changeRole);
  add('remove <workspace> <email>', 'stop sharing it with a person; what they have open closes').action(
    remove,
  );
  add('leave <workspace>', 'give up a workspace that was shared with you').action(leave);
}

async function list(id: string, options: Printed): Promise<void> {
  const path = sharesPath(id);
  const shares = await withApi(options, ({ ask }) => listShares(ask, path));
  if (options.json) print(shares);
  else if (shares.length === 0) console.log('not shared with anyone');
  else for (const one of shares) console.log(lineOf(one));
}

async function addShare(id: string, email: string, options: Printed & { role: string }): Promise<void> {
  const path = sharesPath(id);
  const subject = `${email} as ${options.role}`;
  const body = parsed(createShareInput, { email, role: options.role }, { subject, cure: HELP });
  const made = await withApi(options, ({ ask }) => ask({ method: 'POST', path, body, schema: share }));
  if (options.json) print(made);
  else console.log(lineOf(made));
}

async function changeRole(id: string, email: string, text: string, options: Printed): Promise<void> {
  const path = sharesPath(id);
  const role = parsed(shareRole, text, { subject: text, cure: HELP });
  const changed = await withApi(options, async ({ ask }) =>
    ask({ method: 'PATCH', path: await personPath(ask, path, email), body: { role }, schema: share }),
  );
  if (options.json) print(changed);
  else console.log(lineOf(changed));
}

async function remove(id: string, email: string, options: ConnectionOptions): Promise<void> {
  const path = sharesPath(id);
  await withApi(options, async ({ ask }) =>
    ask({ method: 'DELETE', path: await personPath(ask, path, email), schema: z.unknown() }),
  );
  console.log(`It is no longer shared with ${email}`);
}

async function leave(id: string, options: ConnectionOptions): Promise<void> {
  const path = `${pathOf(id)}/leave`;
  await withApi(options, ({ ask }) => ask({ method: 'POST', path, schema: z.unknown() }));
  console.log('It is no longer shared with you');
}

function pathOf(id: string): string {
  const cure = 'use the id that stands in the address of the workspace’s page';
  return `/api/workspaces/${parsed(workspaceId, id, { subject: id, cure })}`;
}

function sharesPath(id: string): string {
  return `${pathOf(id)}/shares`;
}

async function listShares(ask: AskApi, path: string): Promise<Share[]> {
  return (await ask({ method: 'GET', path, schema: pageOf(share) })).items;
}

/** @throws CliError when it is not shared with anyone of this address. */
async function personPath(ask: AskApi, path: string, email: string): Promise<string> {
  const found = (await listShares(ask, path)).find((one) => one.email === email.trim().toLowerCase());
  if (found !== undefined) return `${path}/${found.user_id}`;
  throw new CliError(`It is not shared with ${email}`, { cure: HELP, exitCode: EXIT.usage });
}

function parsed<Value>(
  schema: z.ZodType<Value>,
  text: unknown,
  { subject, cure }: { subject: string; cure: string },
): Value {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${subject}: ${issue?.message ?? 'is not valid'}`, { cure, exitCode: EXIT.usage });
}

function lineOf({ email, role, name }: Share): string {
  return `${email}  ${role}  ${name}`;
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2));
}
