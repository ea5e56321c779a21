import { userRole } from '@podex/contracts/accounts';
import { createdInvitation, createInvitationInput, invitation } from '@podex/contracts/invitations';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { addUserActions } from './user-actions.ts';

const PATH = '/api/admin/invitations';
const LISTED = 200;

interface InviteOptions extends ConnectionOptions {
  role: string;
  days: string;
  json?: boolean;
}

export function addUsersCommand(program: Command): void {
  const users = program.command('users').description('people who may use this Podex');
  addUserActions(users);
  addConnectionOptions(users.command('invite <email>'))
    .description('print a link with which this person makes an account, once')
    .option('--role <role>', userRole.options.join(' or '), 'user')
    .option('--days <days>', 'how long the link is good for', '7')
    .option('--json', 'for programs')
    .action(invite);
  addConnectionOptions(users.command('invitations'))
    .description('invitations that nobody has used yet')
    .option('--json', 'for programs')
    .action(list);
}

async function invite(email: string, options: InviteOptions): Promise<void> {
  const { role, days, json } = options;
  const input = createInvitationInput.safeParse({ email, role, expires_in_days: Number(days) });
  if (!input.success) {
    const [issue] = input.error.issues;
    throw new CliError(`${issue?.path.join('.')}: ${issue?.message}`, {
      cure: 'podex users invite --help',
      exitCode: EXIT.usage,
    });
  }
  const created = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body: input.data, schema: createdInvitation }),
  );
  if (json) {
    console.log(JSON.stringify(created, null, 2));
    return;
  }
  console.log(created.url);
  console.log(`Good once, for ${created.email} (${created.role}), until ${created.expires_at}.`);
}

async function list(options: ConnectionOptions & { json?: boolean }): Promise<void> {
  const { items } = await withApi(options, ({ ask }) =>
    ask({ method: 'GET', path: withQuery(PATH, { limit: LISTED }), schema: pageOf(invitation) }),
  );
  if (options.json) {
    console.log(JSON.stringify(items, null, 2));
    return;
  }
  if (items.length === 0) console.log('no open invitations');
  const width = Math.max(0, ...items.map(({ email }) => email.length));
  for (const { email, role, expires_at: expiresAt } of items) {
    console.log(`${email.padEnd(width)}  ${role.padEnd(5)}  until ${expiresAt}`);
  }
}
