import { userRole } from '@podex/contracts/accounts';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import {
  type ManagedUserDetail,
  managedUser,
  managedUserDetail,
  passwordResetLink,
  type UpdateUserInput,
  userStatus,
} from '@podex/contracts/users';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { asAdmin } from '../connection/admin-api.ts';
import { confirm } from './confirm.ts';
import { findUser } from './find-user.ts';
import { deletionText, usersText, userText } from './user-text.ts';

const PATH = '/api/admin/users';
const PAGE = 200;
const NOTHING = z.undefined();

interface Json {
  json?: boolean;
}

/** What an admin does with people who have an account. A user is named by email address or id. */
export function addUserActions(users: Command): void {
  const json = ['--json', 'for programs'] as const;
  users
    .command('list')
    .description('everyone with an account')
    .option('--search <text>', 'part of the name or the email address')
    .option('--role <role>', userRole.options.join(' or '))
    .option('--status <status>', userStatus.options.join(' or '))
    .option(...json)
    .action(list);
  users
    .command('show <user>')
    .description('one user, and what a deletion would end')
    .option(...json)
    .action(show);
  users
    .command('suspend <user>')
    .description('end sessions and running work, stop workspaces, let nobody in; data is kept')
    .option(...json)
    .action((user: string, options: Json) => change(user, { status: 'suspended' }, options));
  users
    .command('restore <user>')
    .description('let a suspended user in again')
    .option(...json)
    .action((user: string, options: Json) => change(user, { status: 'active' }, options));
  users
    .command('role <user> <role>')
    .description(`make a user ${userRole.options.join(' or ')}`)
    .option(...json)
    .action(changeRole);
  users
    .command('sign-out <user>')
    .description('end all sessions of a user')
    .option('--tokens', 'revoke the tokens too')
    .action(signOut);
  users
    .command('reset-password <user>')
    .description('print a link with which the user chooses a new password, once, within an hour')
    .option(...json)
    .action(resetPassword);
  users
    .command('delete <user>')
    .description('delete a user for good; asks first and says what goes')
    .option('--transfer-to <user>', 'who gets the workspaces; without it they are deleted')
    .option('--yes', 'do not ask')
    .action(remove);
}

interface ListOptions extends Json {
  search?: string;
  role?: string;
  status?: string;
}

async function list({ search, role, status, json }: ListOptions): Promise<void> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (search !== undefined) query.set('q', search);
  if (role !== undefined) query.set('role', role);
  if (status !== undefined) query.set('status', status);
  const found = await asAdmin(loadCliConfig(), async (ask) => {
    const items: z.infer<typeof managedUser>[] = [];
    for (let next: string | null = ''; next !== null; ) {
      if (next !== '') query.set('after', next);
      const page: { items: typeof items; next: string | null } = await ask({
        method: 'GET',
        path: `${PATH}?${query}`,
        schema: pageOf(managedUser),
      });
      items.push(...page.items);
      next = page.next;
    }
    return items;
  });
  console.log(json ? JSON.stringify(found, null, 2) : usersText(found));
}

async function show(name: string, options: Json): Promise<void> {
  print(await asAdmin(loadCliConfig(), (ask) => findUser(ask, name)), options);
}

async function change(name: string, body: UpdateUserInput, options: Json): Promise<void> {
  const changed = await asAdmin(loadCliConfig(), async (ask) => {
    const { id } = await findUser(ask, name);
    return ask({ method: 'PATCH', path: `${PATH}/${id}`, body, schema: managedUserDetail });
  });
  print(changed, options);
}

async function changeRole(name: string, given: string, options: Json): Promise<void> {
  const role = userRole.safeParse(given);
  if (role.success) return change(name, { role: role.data }, options);
  throw new CliError(`${given} is not a role`, {
    cure: `podex users role ${name} ${userRole.options.join('|')}`,
    exitCode: EXIT.usage,
  });
}

async function signOut(name: string, { tokens = false }: { tokens?: boolean }): Promise<void> {
  const user = await asAdmin(loadCliConfig(), async (ask) => {
    const found = await findUser(ask, name);
    await ask({ method: 'POST', path: `${PATH}/${found.id}/sign_out`, body: { tokens }, schema: NOTHING });
    return found;
  });
  console.log(`${user.email} is signed out everywhere${tokens ? ', and their tokens are revoked' : ''}.`);
}

async function resetPassword(name: string, { json }: Json): Promise<void> {
  const { email, link } = await asAdmin(loadCliConfig(), async (ask) => {
    const user = await findUser(ask, name);
    const path = `${PATH}/${user.id}/password_reset`;
    return { email: user.email, link: await ask({ method: 'POST', path, schema: passwordResetLink }) };
  });
  if (json) {
    console.log(JSON.stringify(link, null, 2));
    return;
  }
  console.log(link.url);
  console.log(`Good once, for ${email}, until ${link.expires_at}.`);
}

async function remove(name: string, options: { transferTo?: string; yes?: boolean }): Promise<void> {
  const email = await asAdmin(loadCliConfig(), async (ask) => {
    const user = await findUser(ask, name);
    const heir = options.transferTo === undefined ? undefined : await findUser(ask, options.transferTo);
    if (options.yes !== true) await confirm(deletionText(user, heir?.email), 'delete');
    const query = { workspaces: heir === undefined ? 'delete' : 'transfer', to: heir?.id };
    await ask({ method: 'DELETE', path: withQuery(`${PATH}/${user.id}`, query), schema: NOTHING });
    return user.email;
  });
  console.log(`${email} is deleted.`);
}

function print(user: ManagedUserDetail, { json }: Json): void {
  console.log(json ? JSON.stringify(user, null, 2) : userText(user));
}
