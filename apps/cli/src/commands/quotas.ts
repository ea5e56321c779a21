import { team } from '@podex/contracts/access';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import {
  type OwnQuotas,
  ownQuotas,
  type QuotaHolder,
  quotaHolder,
  updateQuotasInput,
} from '@podex/contracts/quotas';
import type { Command } from 'commander';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { findUser } from './find-user.ts';
import { parseQuota, quotasText } from './quota-text.ts';

const PAGE = 200;

interface HolderOptions extends ConnectionOptions {
  user?: string;
  team?: string;
  json?: boolean;
}

/** What people and teams use and may use. Another’s is for admins. */
export function addQuotasCommand(program: Command): void {
  const quotas = program
    .command('quotas')
    .description('what people and teams use, and what they are allowed');
  const add = (usage: string, description: string) =>
    addConnectionOptions(quotas.command(usage))
      .description(description)
      .option('--user <user>', 'of this user: an email address or id (for admins)')
      .option('--team <team>', 'of this team: a name or id (for admins)')
      .option('--json', 'for programs');
  add('show', 'yours and your teams’; with --user or --team, theirs').action(show);
  add('set <quota> <max>', 'allow a user or team more or less; "default" brings the setting back').action(
    set,
  );
}

async function show(options: HolderOptions): Promise<void> {
  await withApi(options, async ({ ask }) => {
    const path = await adminPath(ask, options);
    if (path === undefined) {
      const own: OwnQuotas = await ask({ method: 'GET', path: '/api/quotas', schema: ownQuotas });
      print(own.items, options);
    } else {
      print([await ask({ method: 'GET', path, schema: quotaHolder })], options);
    }
  });
}

async function set(quota: string, text: string, options: HolderOptions): Promise<void> {
  const body = updateQuotasInput.parse(parseQuota(quota, text));
  await withApi(options, async ({ ask }) => {
    const path = await adminPath(ask, options);
    if (path === undefined) {
      throw new CliError('say whose quota it is', {
        cure: 'add --user <email> or --team <name>; the settings hold for everybody: podex settings',
        exitCode: EXIT.usage,
      });
    }
    print([await ask({ method: 'PATCH', path, body, schema: quotaHolder })], options);
  });
}

/** Undefined: the caller’s own. */
async function adminPath(ask: AskApi, { user, team: name }: HolderOptions): Promise<string | undefined> {
  if (user !== undefined && name !== undefined) {
    throw new CliError('--user and --team do not go together', {
      cure: 'ask for one of them',
      exitCode: EXIT.usage,
    });
  }
  if (user !== undefined) return `/api/admin/users/${(await findUser(ask, user)).id}/quotas`;
  return name === undefined ? undefined : `/api/admin/teams/${await findTeamId(ask, name)}/quotas`;
}

/** Of all teams. @throws CliError when there is none, or several have the name. */
async function findTeamId(ask: AskApi, name: string): Promise<string> {
  const found: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const path = withQuery('/api/admin/teams', { limit: PAGE, after: next || undefined });
    const page: { items: { id: string; name: string }[]; next: string | null } = await ask({
      method: 'GET',
      path,
      schema: pageOf(team),
    });
    found.push(...page.items.filter((one) => one.id === name || one.name === name).map(({ id }) => id));
    next = page.next;
  }
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new CliError(
    only === undefined ? `there is no team ${name}` : `several teams are called ${name}: ${found.join(', ')}`,
    { cure: 'name it by its id', exitCode: EXIT.usage },
  );
}

function print(holders: readonly QuotaHolder[], { json }: HolderOptions): void {
  console.log(json ? JSON.stringify(holders, null, 2) : quotasText(holders));
}
