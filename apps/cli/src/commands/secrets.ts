import { workspaceId } from '@podex/contracts/ids';
import { pageOf } from '@podex/contracts/pagination';
import {
  knownSecretName,
  type SecretsRotation,
  secret,
  secretName,
  secretsRotation,
  secretValue,
} from '@podex/contracts/secrets';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { asAdmin } from '../connection/admin-api.ts';
import type { AskApi } from '../connection/api-request.ts';
import { renewSecretsKey } from '../state/secrets.ts';
import { readValue } from './read-value.ts';

interface Options {
  workspace?: string;
  json?: boolean;
}

const WORKSPACE_OPTION = [
  '--workspace <id>',
  'of this workspace, in place of the administrator’s own',
] as const;

export function addSecretsCommand(program: Command): void {
  const secrets = program
    .command('secrets')
    .description('variables of terminals and commands, kept encrypted; their values are never shown');
  secrets
    .command('list')
    .description('names of secrets')
    .option(...WORKSPACE_OPTION)
    .option('--json', 'for programs')
    .action(list);
  secrets
    .command('set <name>')
    .description('set a secret; the value is asked for, or read from standard input')
    .option(...WORKSPACE_OPTION)
    .action(set);
  secrets
    .command('delete <name>')
    .description('delete a secret')
    .option(...WORKSPACE_OPTION)
    .action(remove);
  secrets
    .command('rotate')
    .description('bring all secrets under the current SECRETS_KEY; can be stopped and started again')
    .option('--new-key', 'first make a new key for the next start of podex up, and do nothing else')
    .option('--json', 'for programs')
    .action(rotate);
}

async function list({ workspace, json }: Options): Promise<void> {
  const path = pathOf(workspace);
  const { items } = await asAdmin(loadCliConfig(), (ask) =>
    ask({ method: 'GET', path, schema: pageOf(secret) }),
  );
  if (json) {
    console.log(JSON.stringify(items, null, 2));
    return;
  }
  if (items.length === 0) console.log('no secrets');
  const width = Math.max(0, ...items.map(({ name }) => name.length));
  for (const { name, updated_at: updatedAt } of items) console.log(`${name.padEnd(width)}  set ${updatedAt}`);
}

async function set(name: string, { workspace }: Options): Promise<void> {
  const path = `${pathOf(workspace)}/${parsed(secretName, name, name)}`;
  const value = parsed(secretValue, await readValue(`Value of ${name}`), 'The value');
  await asAdmin(loadCliConfig(), (ask) => ask({ method: 'PUT', path, body: { value }, schema: secret }));
  console.log(`${name} is set. What starts from now on has it.`);
}

async function remove(name: string, { workspace }: Options): Promise<void> {
  const path = `${pathOf(workspace)}/${parsed(knownSecretName, name, name)}`;
  await asAdmin(loadCliConfig(), (ask) => ask({ method: 'DELETE', path, schema: z.unknown() }));
  console.log(`${name} is deleted. What runs already keeps it.`);
}

async function rotate({ newKey, json }: { newKey?: boolean; json?: boolean }): Promise<void> {
  const config = loadCliConfig();
  if (newKey) {
    if (config.operator.values.SECRETS_KEY || config.operator.values.SECRETS_KEY_FILE) {
      throw new CliError('SECRETS_KEY is set by you, so podex up uses no key of its own', {
        cure: [
          'move its value to SECRETS_KEY_PREVIOUS, set SECRETS_KEY to a new one: openssl rand -base64 32',
          'podex down && podex up --detach && podex secrets rotate',
        ],
        exitCode: EXIT.usage,
      });
    }
    await renewSecretsKey(config.home.secretsFile);
    console.log('A new key is made; the former one is kept beside it. Now bring it into use:');
    console.log('  podex down && podex up --detach && podex secrets rotate');
    return;
  }
  const total = await asAdmin(config, (ask) => rotateAll(ask, json ? () => undefined : printProgress));
  if (json) {
    console.log(JSON.stringify(total));
    return;
  }
  console.log(`${total.rewrapped} secrets were brought under the current key.`);
  if (total.unreadable === 0) return;
  throw new CliError(`${total.unreadable} secrets are under a key that api does not have, or were damaged`, {
    cure: [
      'add the key to SECRETS_KEY_PREVIOUS, restart api and run this again',
      'or have their owners set them again',
    ],
  });
}

type Total = Pick<SecretsRotation, 'rewrapped' | 'unreadable' | 'remaining'>;

async function rotateAll(ask: AskApi, onProgress: (total: Total) => void): Promise<Total> {
  let total: Total = { rewrapped: 0, unreadable: 0, remaining: 0 };
  for (let after: number | null = 0; after !== null; ) {
    const done: SecretsRotation = await ask({
      method: 'POST',
      path: '/api/admin/secrets/rotate',
      body: { after },
      schema: secretsRotation,
    });
    total = {
      rewrapped: total.rewrapped + done.rewrapped,
      unreadable: total.unreadable + done.unreadable,
      remaining: done.remaining,
    };
    after = done.next;
    if (after !== null) onProgress(total);
  }
  return total;
}

function printProgress({ rewrapped, remaining }: Total): void {
  console.log(`${rewrapped} done, ${remaining} left`);
}

function pathOf(workspace: string | undefined): string {
  if (workspace === undefined) return '/api/secrets';
  return `/api/workspaces/${parsed(workspaceId, workspace, '--workspace')}/secrets`;
}

/** The message never holds what was typed as a value. */
function parsed<Value>(schema: z.ZodType<Value>, text: string, subject: string): Value {
  const result = schema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CliError(`${subject}: ${issue?.message ?? 'is not valid'}`, {
    cure: 'podex secrets --help',
    exitCode: EXIT.usage,
  });
}
