import {
  createdToken,
  createTokenInput,
  scopePreset,
  TOKEN_SCOPES,
  type Token,
  token,
} from '@podex/contracts/accounts';
import { tokenId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import { withQuery } from '@podex/contracts/query';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { lastUseText } from './last-use-text.ts';

const PATH = '/api/tokens';
const PAGE = 200;

interface Printed extends ConnectionOptions {
  json?: boolean;
}

interface CreateOptions extends Printed {
  scope?: string;
  expiresInDays?: string;
}

export function addTokensCommand(program: Command): void {
  const tokens = program.command('tokens').description('bearer tokens of yours, for programs');
  addConnectionOptions(tokens.command('list'))
    .description('your tokens, newest first')
    .option('--json', 'for programs')
    .action(list);
  addConnectionOptions(tokens.command('create <name>'))
    .description('make a token and print its secret, once')
    .option(
      '--scope <scope>',
      `write (all but administration; when left out) or admin, or a list of ${TOKEN_SCOPES.join(', ')}`,
    )
    .option('--expires-in-days <days>', 'how long it is good for; 90 when left out')
    .option('--json', 'for programs')
    .action(create);
  addConnectionOptions(tokens.command('revoke <id>')).description('end a token at once').action(revoke);
}

async function list(options: Printed): Promise<void> {
  const items = await withApi(options, async ({ ask }) => {
    const all: Token[] = [];
    let after: string | undefined;
    do {
      const path = withQuery(PATH, { limit: PAGE, after });
      const page = await ask({ method: 'GET', path, schema: pageOf(token) });
      all.push(...page.items);
      after = page.next ?? undefined;
    } while (after !== undefined);
    return all;
  });
  if (options.json) {
    console.log(JSON.stringify(items, null, 2));
    return;
  }
  if (items.length === 0) console.log('no tokens');
  const width = Math.max(0, ...items.map(({ name }) => name.length));
  for (const { id, name, scopes, expires_at: expiresAt, last_used_at: lastUsedAt } of items) {
    console.log(
      `${id}  ${name.padEnd(width)}  ${scopes.join(',')}  until ${expiresAt ?? 'revoked'}  ${lastUseText(lastUsedAt)}`,
    );
  }
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const input = createTokenInput.safeParse({
    name,
    ...scopesFrom(options.scope),
    expires_in_days: options.expiresInDays === undefined ? undefined : Number(options.expiresInDays),
  });
  if (!input.success) {
    const [issue] = input.error.issues;
    throw new CliError(`${issue?.path.join('.')}: ${issue?.message}`, {
      cure: 'podex tokens create --help',
      exitCode: EXIT.usage,
    });
  }
  const created = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body: input.data, schema: createdToken }),
  );
  if (options.json) {
    console.log(JSON.stringify(created, null, 2));
    return;
  }
  console.log(created.secret);
  console.log(
    `${created.name} (${created.scopes.join(', ')}), until ${created.expires_at ?? 'revoked'}. It is shown only now.`,
  );
}

/** One word for a usual group of scopes, or the scopes themselves. */
function scopesFrom(text: string | undefined): object {
  if (text === undefined) return {};
  return scopePreset.safeParse(text).success
    ? { scope: text }
    : { scopes: text.split(',').map((scope) => scope.trim()) };
}

async function revoke(id: string, options: ConnectionOptions): Promise<void> {
  const parsed = tokenId.safeParse(id);
  if (!parsed.success) {
    throw new CliError(`${id} is no id of a token`, { cure: 'podex tokens list', exitCode: EXIT.usage });
  }
  await withApi(options, ({ ask }) =>
    ask({ method: 'DELETE', path: `${PATH}/${parsed.data}`, schema: z.unknown() }),
  );
  console.log(`${id} is revoked`);
}
