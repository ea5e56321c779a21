import { addGitSshKeyInput, type GitSshKey, gitSshKey } from '@podex/contracts/git-ssh-keys';
import { pageOf } from '@podex/contracts/pagination';
import type { Command } from 'commander';
import { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';
import type { AskApi } from '../connection/api-request.ts';
import { withApi } from '../connection/connect.ts';
import { addConnectionOptions, type ConnectionOptions } from '../connection/connection-options.ts';
import { lastUseText } from './last-use-text.ts';

const PATH = '/api/me/git_ssh_keys';

interface Printed extends ConnectionOptions {
  json?: boolean;
}

export function addGitSshKeysCommand(program: Command): void {
  const keys = program
    .command('git-ssh-keys')
    .description(
      'keys that git in your own workspaces connects with over SSH; the private half stays in Podex',
    );
  const json = ['--json', 'for programs'] as const;
  addConnectionOptions(keys.command('list'))
    .description('your keys and the hosts they are for, newest first')
    .option(...json)
    .action(list);
  addConnectionOptions(keys.command('add <host>'))
    .description('make a key, and print its public half to add at the host')
    .option('--repository <path>', 'the one repository it is for, such as owner/name; all when left out')
    .option(...json)
    .action(add);
  addConnectionOptions(keys.command('accept-host <key> <fingerprint>'))
    .description('accept the key that the host showed, by its fingerprint; any other is refused from then on')
    .option(...json)
    .action(accept);
  addConnectionOptions(keys.command('forget-host <key>'))
    .description('forget the key of the host: the next that it shows waits to be accepted')
    .option(...json)
    .action(forget);
  addConnectionOptions(keys.command('remove <key>'))
    .description('delete a key, by its id or fingerprint')
    .option(...json)
    .action(remove);
}

async function list(options: Printed): Promise<void> {
  const { items } = await withApi(options, ({ ask }) =>
    ask({ method: 'GET', path: PATH, schema: pageOf(gitSshKey) }),
  );
  if (options.json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('no git SSH keys');
  else for (const key of items) console.log(lineOf(key));
}

async function add(host: string, options: Printed & { repository?: string }): Promise<void> {
  const input = addGitSshKeyInput.safeParse({ host: host.toLowerCase(), repository: options.repository });
  if (!input.success) {
    throw new CliError('That is no host and repository', {
      cure: 'podex git-ssh-keys add github.com --repository owner/name',
      exitCode: EXIT.usage,
    });
  }
  const made = await withApi(options, ({ ask }) =>
    ask({ method: 'POST', path: PATH, body: input.data, schema: gitSshKey }),
  );
  console.log(options.json ? JSON.stringify(made, null, 2) : made.public_key);
}

async function accept(given: string, fingerprint: string, options: Printed): Promise<void> {
  const key = await withApi(options, async ({ ask }) => {
    const path = `${PATH}/${(await findKey(ask, given)).id}/host_key`;
    return ask({ method: 'PUT', path, body: { fingerprint }, schema: gitSshKey });
  });
  console.log(options.json ? JSON.stringify(key, null, 2) : `the key of ${key.host} is accepted`);
}

async function forget(given: string, options: Printed): Promise<void> {
  const key = await withApi(options, async ({ ask }) => {
    const path = `${PATH}/${(await findKey(ask, given)).id}/host_key`;
    return ask({ method: 'DELETE', path, schema: gitSshKey });
  });
  console.log(options.json ? JSON.stringify(key, null, 2) : `the key of ${key.host} is forgotten`);
}

async function remove(given: string, options: Printed): Promise<void> {
  const key = await withApi(options, async ({ ask }) => {
    const found = await findKey(ask, given);
    await ask({ method: 'DELETE', path: `${PATH}/${found.id}`, schema: z.unknown() });
    return found;
  });
  console.log(
    options.json ? JSON.stringify({ id: key.id, removed: true }) : `the key for ${placeOf(key)} is removed`,
  );
}

async function findKey(ask: AskApi, given: string): Promise<GitSshKey> {
  const { items } = await ask({ method: 'GET', path: PATH, schema: pageOf(gitSshKey) });
  const key = items.find(({ id, fingerprint }) => id === given || fingerprint === given);
  if (key !== undefined) return key;
  throw new CliError(`You have no git SSH key ${given}`, {
    cure: 'podex git-ssh-keys list',
    exitCode: EXIT.usage,
  });
}

function placeOf({ host, repository }: GitSshKey): string {
  return repository === null ? host : `${repository} at ${host}`;
}

function lineOf(key: GitSshKey): string {
  const { host_key: accepted, offered_host_key: offered } = key;
  const state =
    accepted === null
      ? `host key ${offered === null ? 'not seen yet' : `to accept: ${offered.fingerprint}`}`
      : `host key ${accepted.fingerprint}`;
  return `${key.id}  ${placeOf(key)}  ${key.fingerprint}  ${state}  ${lastUseText(key.last_used_at)}`;
}
